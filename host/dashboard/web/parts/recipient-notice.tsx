import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { formatMoment } from '../data/format.ts';
import { type Delay, decideDelay, recipientsOf } from '../data/recipient-notice.ts';
import { useFleet } from '../data/queries.ts';
import { Countdown, useNow } from './now.tsx';
import classes from './composer.module.css';

/** The most delayed recipients of a group that are named. */
const NAMED = 5;

/** Lists the recipients that will not read a message soon, with the reason and the time; renders nothing when all will. */
export function RecipientNotice({ to }: { to: string }) {
  const now = useNow();
  const recipients = recipientsOf(to, useFleet().data?.agents ?? []);
  const delayed = recipients.flatMap((agent) => {
    const delay = decideDelay(agent, now);
    return delay === null ? [] : [{ agent, delay }];
  });
  const [first, ...others] = delayed;
  if (first === undefined) return null;
  return (
    <div role="note" aria-label="Recipients" className={classes.notice}>
      {recipients.length === 1 ? (
        <OneDelay {...first} now={now} />
      ) : (
        <>
          <b>
            {delayed.length} of {recipients.length} will not read it soon:
          </b>{' '}
          {[first, ...others]
            .slice(0, NAMED)
            .map(({ agent, delay }) => `${agent.name} is ${delay.is}${formatUntil(delay, now)}`)
            .join(', ')}
          {delayed.length > NAMED && ` and ${delayed.length - NAMED} more`}.
        </>
      )}
    </div>
  );
}

function OneDelay({ agent, delay, now }: { agent: AgentView; delay: Delay; now: number }) {
  return (
    <>
      <b>
        {agent.name} is {delay.is}
        {formatUntil(delay, now)}
      </b>
      {delay.until !== null && (
        <>
          {' '}
          (<Countdown until={delay.until} />)
        </>
      )}
      . {delay.endsWhen}
    </>
  );
}

function formatUntil({ until }: Delay, now: number): string {
  return until === null ? '' : ` until ${formatMoment(until, now)}`;
}
