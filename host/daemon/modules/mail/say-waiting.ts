import type { AgentName } from '../../../../protocol/names.ts';
import type { WaitingRecipient } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import { bootFacts } from '../agents/queries.ts';
import { lastOutcomeOf } from '../turns/queries.ts';
import { sayOutcome } from './policy/foreign-words.ts';
import { type BoxTrouble, decideWait } from './policy/waiting.ts';

/** What the fleet knows of an agent's box. */
export type TroubleOf = (name: AgentName) => BoxTrouble | null;

/** Of a message's recipients, those that will not read it now, and why. */
export function findWaiting(
  db: Db,
  recipients: readonly string[],
  message: { critical: boolean; now: number; troubleOf: TroubleOf },
): WaitingRecipient[] {
  return recipients.flatMap((name) => {
    const facts = bootFacts(db, name);
    if (facts === null) return [];
    // Of an agent that is not to run, the fleet need not be asked: there may be many of them.
    const trouble = facts.desired === 'running' ? message.troubleOf(name as AgentName) : null;
    const wait = decideWait({ ...facts, trouble }, message);
    return wait === null ? [] : [{ name, ...wait, reason: sayWhy(db, name, wait.state) }];
  });
}

/** Why an agent without a turn cannot be interrupted, and what lets it go on. */
export function sayIdle(db: Db, name: AgentName, now: number): string {
  const facts = bootFacts(db, name);
  const wait = facts === null ? null : decideWait({ ...facts, trouble: null }, { critical: true, now });
  if (wait?.state !== 'parked' || wait.until === null) return `${name} has no turn running.`;
  const until = new Date(wait.until).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${name} has no turn running: it is parked until ${until} (${sayWhy(db, name, 'parked')}); hivectl restart ${name} lets it go.`;
}

/** In the hive's words: what a box says of itself would reach others as the hive's. */
function sayWhy(db: Db, name: string, state: WaitingRecipient['state']): string {
  switch (state) {
    case 'stopped':
      return 'it reads its mail when it is started';
    case 'failed':
      return 'its box cannot be run; it is tried again';
    case 'unreachable':
      return 'its harness is not heard of';
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
