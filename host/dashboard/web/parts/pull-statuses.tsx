import { Text } from '@mantine/core';
import type { PullStatus } from '../../../../protocol/schemas/pull.ts';
import type { StateStyle } from '../data/order-fleet.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Dot } from './dot.tsx';
import classes from './pull.module.css';

const COLORS: Readonly<Record<PullStatus['state'], StateStyle['color']>> = {
  missing: 'gray',
  pending: 'blue',
  success: 'green',
  warning: 'orange',
  failure: 'red',
  error: 'red',
};

/** What systems outside, and agents, say about a pull request's newest commit. Addresses are text: others chose them. */
export function PullStatuses({ statuses }: { statuses: readonly PullStatus[] }) {
  if (statuses.length === 0) return null;
  return (
    <section className={`panel ${classes.box}`} aria-label="Statuses">
      <h2 className={classes.boxTitle}>Statuses</h2>
      {statuses.map((status) => (
        <OneStatus key={JSON.stringify([status.context, status.by])} status={status} />
      ))}
    </section>
  );
}

function OneStatus({ status }: { status: PullStatus }) {
  const { context, by, state, description, url, required, refusal } = status;
  const details = [
    description,
    url,
    ...(required ? ['Required.'] : []),
    ...(refusal === null ? [] : [`It counts for nothing: ${refusal}.`]),
  ].filter((text) => text !== '');
  return (
    <div className={classes.check}>
      <Dot color={COLORS[state]} /> {showHiddenLine(context)} of {by}: {state}
      {details.length > 0 && (
        <Text size="sm" c="dimmed">
          {showHiddenLine(details.join(' '))}
        </Text>
      )}
    </div>
  );
}
