import { Text } from '@mantine/core';
import { useState } from 'react';
import { type CheckState, isOver } from '../../../../protocol/check-states.ts';
import { CHECK_WORDS, PULL_CHECK_WORDS, sayRunDetails } from '../../../../protocol/check-words.ts';
import type { CheckArtifact, CheckRun, PullChecks as Checks } from '../../../../protocol/schemas/check.ts';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import { useCheck, useCheckLog } from '../data/check-queries.ts';
import { capitalize } from '../data/format.ts';
import { useChange } from '../data/mutations.ts';
import type { StateStyle } from '../data/order-fleet.ts';
import { saveArtifact } from '../data/save-artifact.ts';
import { showHidden, showHiddenLine } from '../data/show-hidden.ts';
import { ActionButton } from './action-button.tsx';
import { FileList } from './attachments.tsx';
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

/** The checks of a pull request's merge result, each with how it ended and the end of its output. */
export function PullChecks({ pull, checks }: { pull: PullView; checks: Checks }) {
  if (checks.state === 'none') return null;
  return (
    <section className={`panel ${classes.box}`} aria-label="Checks">
      <h2 className={classes.boxTitle}>Checks</h2>
      <Text size="sm" c="dimmed">
        {capitalize(checks.trouble === null ? PULL_CHECK_WORDS[checks.state] : showHiddenLine(checks.trouble))}
      </Text>
      {checks.state === 'missing' && pull.state === 'open' && <AskForChecks pull={pull} />}
      {checks.runs.map((run) => (
        <OneCheck key={run.id} pull={pull} run={run} />
      ))}
    </section>
  );
}

function AskForChecks({ pull: { owner, name, number } }: { pull: PullView }) {
  const request = useChange('requestChecks', ['pulls']);
  return (
    <ActionButton reason={null} loading={request.isPending} onClick={() => request.mutate({ owner, name, number })}>
      Run them
    </ActionButton>
  );
}

function OneCheck({ pull, run }: { pull: PullView; run: CheckRun }) {
  const [isOpen, setOpen] = useState(false);
  const details = sayRunDetails(run);
  return (
    <details className={classes.check} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Dot color={COLORS[run.state]} /> {run.check}: {CHECK_WORDS[run.state]}
      </summary>
      {details !== '' && (
        <Text size="sm" c="dimmed">
          {capitalize(showHiddenLine(details))}
        </Text>
      )}
      {isOpen && <Output pull={pull} run={run} />}
    </details>
  );
}

function Output({ pull, run }: { pull: PullView; run: CheckRun }) {
  const log = useCheckLog(pull, run);
  const retry = useChange('retryCheck', ['pulls']);
  const { owner, name } = pull;
  return (
    <>
      {log.data !== undefined && (
        <pre className={classes.log} aria-label={`Output of ${run.check}`}>
          {log.data.before !== null && 'The beginning is left out.\n'}
          {log.data.text === '' ? 'It has printed nothing.' : showHidden(log.data.text)}
        </pre>
      )}
      <Artifacts pull={pull} run={run} />
      {pull.state === 'open' && (
        <ActionButton
          size="xs"
          variant="default"
          reason={isOver(run.state) ? null : 'It is not over yet.'}
          loading={retry.isPending}
          onClick={() => retry.mutate({ owner, name, run: run.id })}
        >
          Run it again
        </ActionButton>
      )}
    </>
  );
}

/** The files that it handed over. */
function Artifacts({ pull, run }: { pull: PullView; run: CheckRun }) {
  const artifacts = useCheck(pull, run).data?.artifacts ?? [];
  if (artifacts.length === 0) return null;
  const save = ({ id, name }: CheckArtifact) => saveArtifact(pull, { run: run.id, artifact: id, name });
  return <FileList label={`Artifacts of ${run.check}`} files={artifacts} save={save} />;
}
