import { Group, Text } from '@mantine/core';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import { stateOf } from '../data/pull-view.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Dot } from './dot.tsx';
import classes from './pulls.module.css';

/** A pull request's state: dot and label. */
export function PullState({ pull }: { pull: Pick<PullView, 'state' | 'draft'> }) {
  const { label, color } = stateOf(pull);
  return (
    <Group component="span" display="inline-flex" gap={7} wrap="nowrap">
      <Dot color={color} hollow={label === 'Draft'} />
      <Text span inherit fw={560} c="var(--mantine-color-text)">
        {label}
      </Text>
    </Group>
  );
}

/** `head → base`. */
export function Branches({ pull }: { pull: Pick<PullView, 'head' | 'base'> }) {
  return (
    <span className={classes.branches}>
      <code>{showHiddenLine(pull.head)}</code> <span aria-label="into">→</span> <code>{showHiddenLine(pull.base)}</code>
    </span>
  );
}

export function CommitId({ oid }: { oid: string }) {
  return (
    <code className={classes.oid} title={showHiddenLine(oid)}>
      {showHiddenLine(oid.slice(0, 10))}
    </code>
  );
}

/** What went wrong, in words beside the button; nothing without an error. */
export function Problem({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <Text role="alert" size="sm" c="var(--hive-bad)" mt={8} style={{ overflowWrap: 'anywhere' }}>
      {error.message}
    </Text>
  );
}
