import type { AgentName } from '../../../../protocol/names.ts';
import type { HoldKind } from '../../../../protocol/schemas/hold.ts';
import type { SendOutput, WaitingRecipient } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import { bootFacts, holdsOf } from '../agents/queries.ts';
import { lastOutcomeOf } from '../turns/queries.ts';
import { sayOutcome } from './policy/foreign-words.ts';
import { type BoxTrouble, decideWait } from './policy/waiting.ts';
import type { SendView } from './send-view.ts';

/** Looks up trouble with an agent's box. */
export type TroubleOf = (name: AgentName) => BoxTrouble | null;

/** At most this number of recipients are named, so that the answer to a broadcast stays short. */
const MOST_NAMED = 20;

/**
 * Adds to a send's answer the recipients that will not read the message now, and why: the first ones by name, and the
 * number of the others.
 */
export function addWaiting(
  db: Db,
  sent: SendOutput,
  message: { view: Pick<SendView, 'of'>; critical: boolean; now: number; troubleOf: TroubleOf },
): void {
  const { view, critical, now, troubleOf } = message;
  const waiting: WaitingRecipient[] = [];
  let more = 0;
  for (const name of sent.recipients) {
    const facts = view.of(name).wake;
    if (facts === null) continue;
    // The box of an agent that should not run is not queried: there may be many such agents.
    const trouble = facts.desired === 'running' ? troubleOf(name as AgentName) : null;
    const wait = decideWait(facts, { trouble, critical, now });
    if (wait === null) continue;
    const { state, until } = wait;
    if (waiting.length < MOST_NAMED) waiting.push({ name, state, until, reason: sayWhy(db, name, state) });
    else more += 1;
  }
  if (waiting.length > 0) sent.waiting = waiting;
  if (more > 0) sent.waiting_more = more;
}

/** Why an agent without a turn cannot be interrupted, and how to release it. */
export function sayIdle(db: Db, name: AgentName, now: number): string {
  const facts = bootFacts(db, name);
  const wait = facts === null ? null : decideWait(facts, { trouble: null, critical: true, now });
  if (wait?.state === 'held') return `${name} has no turn running: ${sayWhy(db, name, 'held')}.`;
  if (wait?.state !== 'parked' || wait.until === null) return `${name} has no turn running.`;
  const until = new Date(wait.until).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${name} has no turn running: it is parked until ${until} (${sayWhy(db, name, 'parked')}); hivectl restart ${name} lets it go.`;
}

const HELD: Record<HoldKind, string> = {
  paused: 'the operator paused it; it reads its mail when it is resumed',
  stuck: 'it made no progress for a while; it reads its mail when the operator resumes it',
  taken_over: 'a person works in its conversation; it reads its mail after that',
};

/** The hive's own text: a reason from a box would be read as the hive's. */
function sayWhy(db: Db, name: string, state: WaitingRecipient['state']): string {
  switch (state) {
    case 'stopped':
      return 'it reads its mail when it is started';
    case 'held':
      return HELD[holdsOf(db, name as AgentName)[0]?.kind ?? 'paused'];
    case 'failed':
      return 'its box cannot be run; it is tried again';
    case 'unreachable':
      return 'its harness has no contact';
    case 'quiet':
      return 'only critical mail wakes it before then';
    case 'parked': {
      const outcome = lastOutcomeOf(db, name);
      return outcome === null || outcome === 'lost' || outcome === 'done'
        ? 'its last turn did not end well'
        : sayOutcome(outcome);
    }
  }
}
