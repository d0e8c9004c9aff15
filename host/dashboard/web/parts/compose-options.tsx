import { Group, NativeSelect, TagsInput } from '@mantine/core';
import type { Draft } from '../data/draft.ts';
import { COMPOSE_KINDS, type ComposeKind, DEADLINE_CHOICES, PRIORITY_CHOICES } from '../data/message-kinds.ts';
import classes from './composer.module.css';

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
}

/** The selects for the kind and the priority of a message. */
export function KindAndPriority({ draft, onChange }: Props) {
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label="Kind of message"
        value={draft.kind}
        data={[...COMPOSE_KINDS]}
        onChange={(event) => onChange({ ...draft, kind: event.currentTarget.value as ComposeKind })}
      />
      <NativeSelect
        size="xs"
        aria-label="Priority"
        value={draft.priority}
        data={[...PRIORITY_CHOICES]}
        onChange={(event) => onChange({ ...draft, priority: event.currentTarget.value as Draft['priority'] })}
      />
    </>
  );
}

/** The fields of a question: choices, deadline and default answer. */
export function QuestionOptions({ draft, onChange }: Props) {
  return (
    <Group className={classes.options ?? ''} gap="sm" align="flex-start">
      <TagsInput
        size="xs"
        flex="1 1 220px"
        label="Choices"
        description="Press Enter after each; none for a free-text answer"
        value={draft.choices}
        maxTags={10}
        onChange={(choices) =>
          onChange({ ...draft, choices, default: choices.includes(draft.default) ? draft.default : '' })
        }
      />
      <NativeSelect
        size="xs"
        label="Open for"
        description="Closes automatically"
        value={draft.deadline}
        data={[...DEADLINE_CHOICES]}
        onChange={(event) => onChange({ ...draft, deadline: event.currentTarget.value })}
      />
      {draft.choices.length > 1 && (
        <NativeSelect
          size="xs"
          label="Default"
          description="Taken at the deadline"
          value={draft.default}
          data={[{ value: '', label: 'None' }, ...draft.choices]}
          onChange={(event) => onChange({ ...draft, default: event.currentTarget.value })}
        />
      )}
    </Group>
  );
}
