import { Text } from '@mantine/core';
import type { CheckState } from '../../../../protocol/check-states.ts';
import type { StateStyle } from '../data/order-fleet.ts';
import { CHECK_WORDS, PULL_CHECK_WORDS, sayRunDetails } from '../../../../protocol/check-words.ts';
import type { CheckRun, PullChecks as Checks } from '../../../../protocol/schemas/check.ts';
import { capitalize } from '../data/format.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Dot } from './dot.tsx';
import classes from './pull.module.css';

const COLORS: Readonly<Record<CheckState, StateStyle['color']>> = {
  queued: 'gray',
  running: 'blue',
  passed: 'green',
  failed: 'red',
  timed_out: 'red',
  cancelled: 'gray',
  lost: 'orange',
  skipped: 'gray',
};

/** The checks of a pull request's merge result, each with how it ended. */
export function PullChecks({ checks }: { checks: Checks }) {
  if (checks.state === 'none') return null;
  return (
    <section className={`panel ${classes.box}`} aria-label="Checks">
      <h2 className={classes.boxTitle}>Checks</h2>
      <Text size="sm" c="dimmed">
        {capitalize(checks.trouble === null ? PULL_CHECK_WORDS[checks.state] : showHiddenLine(checks.trouble))}
      </Text>
      {checks.runs.length > 0 && (
        <ul className={classes.reasons}>
          {checks.runs.map((run) => (
            <OneCheck key={run.id} run={run} />
          ))}
        </ul>
      )}
    </section>
  );
}

function OneCheck({ run }: { run: CheckRun }) {
  const details = sayRunDetails(run);
  return (
    <li>
      <Dot color={COLORS[run.state]} /> {run.check}: {CHECK_WORDS[run.state]}
      {details !== '' && (
        <Text span size="sm" c="dimmed">
          {' '}
          {showHiddenLine(details)}
        </Text>
      )}
    </li>
  );
}
