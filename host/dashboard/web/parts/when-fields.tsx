import { Group, NativeSelect, SegmentedControl, Text, TextInput } from '@mantine/core';
import { TIME_UNITS, type WhenDraft } from '../data/reminder-draft.ts';

/** The fields for a due time: after a duration, or at a local date and time. */
export function WhenFields({
  when,
  onChange,
  error,
}: {
  when: WhenDraft;
  onChange: (when: WhenDraft) => void;
  error: string | null;
}) {
  return (
    <>
      <Group gap="sm" align="flex-end">
        <SegmentedControl
          size="xs"
          aria-label="How the time is given"
          value={when.how}
          onChange={(how) => onChange({ ...when, how: how as WhenDraft['how'] })}
          data={[
            { value: 'after', label: 'After' },
            { value: 'at', label: 'At' },
          ]}
        />
        {when.how === 'after' ? (
          <>
            <TextInput
              size="xs"
              w={80}
              type="number"
              min={1}
              step="any"
              aria-label="How many"
              value={when.count}
              onChange={(event) => onChange({ ...when, count: event.currentTarget.value })}
            />
            <NativeSelect
              size="xs"
              aria-label="Unit of time"
              value={when.unit}
              data={[...TIME_UNITS]}
              onChange={(event) => onChange({ ...when, unit: event.currentTarget.value })}
            />
          </>
        ) : (
          <TextInput
            size="xs"
            type="datetime-local"
            aria-label="Date and time"
            value={when.moment}
            onChange={(event) => onChange({ ...when, moment: event.currentTarget.value })}
          />
        )}
      </Group>
      {error !== null && (
        <Text size="xs" c="var(--hive-bad)" mt={4}>
          {error}
        </Text>
      )}
    </>
  );
}
