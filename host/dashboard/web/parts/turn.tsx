import { Loader } from '@mantine/core';
import { Link } from 'wouter';
import type { EventData } from '../../../../protocol/schemas/event.ts';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import { formatCost, formatCount, formatDuration, totalTokens } from '../data/format.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import type { TurnFacts, TurnStart } from '../data/transcript-rows.ts';
import { Clock, Elapsed } from './now.tsx';
import { PlainText } from './plain-text.tsx';
import classes from './turn.module.css';

/** The loaded messages by id. */
export type Messages = ReadonlyMap<number, MessageView>;

/** The beginning of a turn: its number, a link to it, and the messages that woke it. */
export function TurnHead({
  turn,
  at,
  start: { session, messages: ids, redelivered },
  messages,
}: {
  turn: number;
  at: number;
  start: TurnStart;
  messages: Messages;
}) {
  return (
    <>
      <header className={classes.start}>
        <h2>
          <a href={`#turn-${turn}`} className="quiet-link">
            Turn {turn}
          </a>
        </h2>
        <Clock at={at} />
      </header>
      {session !== null && <div className={classes.session}>{session}</div>}
      {ids.map((id) => (
        <WokenBy key={id} id={id} message={messages.get(id)} redelivered={redelivered.includes(id)} />
      ))}
    </>
  );
}

function WokenBy({ id, message, redelivered }: { id: number; message: MessageView | undefined; redelivered: boolean }) {
  return (
    <Link href={`/messages/${id}`} className={classes.woken ?? ''}>
      <span className={classes.from}>
        {message === undefined ? `Message #${id}` : `${formatName(message.from)} #${id}`}
      </span>
      {redelivered && <span className={classes.again}>delivered again</span>}
      {message !== undefined && <span className={classes.preview}>{toPlainText(shorten(message.body, 400))}</span>}
    </Link>
  );
}

const OUTCOMES = {
  done: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  rate_limited: { label: 'Rate limited', tone: 'warn' },
  needs_login: { label: 'Needs login', tone: 'bad' },
  outage: { label: 'Provider outage', tone: 'warn' },
  starved: { label: 'Box starved', tone: 'bad' },
  budget: { label: 'Budget used up', tone: 'warn' },
  interrupted: { label: 'Interrupted', tone: 'warn' },
  lost: { label: 'Lost', tone: 'bad' },
  timed_out: { label: 'Timed out', tone: 'bad' },
} as const;

/** The end of a turn: its outcome and its figures, and its text if no row has it. */
export function TurnEnd({
  end,
  isWordless,
  facts,
}: {
  end: EventData<'turn.finished'>;
  isWordless: boolean;
  facts: TurnFacts | undefined;
}) {
  const { label, tone } = OUTCOMES[end.outcome];
  // An error that is a row of the turn already is not said again.
  const reason = end.reason !== null && facts?.error?.includes(end.reason) !== true ? end.reason : null;
  return (
    <>
      {isWordless && facts?.hasText !== true && <div className={classes.note}>The turn ended without a word</div>}
      {facts?.hasText !== true && end.text.trim() !== '' && (
        <div className={classes.text}>
          <PlainText text={end.text} />
        </div>
      )}
      <footer className={classes.end} data-num>
        <b data-tone={tone}>{label}</b>
        <span>{formatDuration(end.durationMs)}</span>
        <span>
          {end.toolCalls} tool {end.toolCalls === 1 ? 'call' : 'calls'}
        </span>
        <span>{formatCount(totalTokens(end.usage))} tokens</span>
        <span title={end.counted === 'gateway' ? undefined : "the CLI's own estimate"}>
          {end.counted === 'gateway' ? '' : '≈ '}
          {formatCost(end.usage)}
        </span>
        {reason !== null && <span className={classes.why}>{toPlainText(reason)}</span>}
      </footer>
    </>
  );
}

/** The foot of a turn that runs. */
export function TurnRuns({ startedAt }: { startedAt: number | null }) {
  return (
    <footer className={classes.end}>
      <Loader size={12} type="dots" aria-hidden />
      <span>
        Working{startedAt === null ? '' : ' for '}
        {startedAt !== null && <Elapsed since={startedAt} />}
      </span>
    </footer>
  );
}
