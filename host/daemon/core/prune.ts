import { pruneModelCalls } from '../modules/providers/store/model-calls.ts';
import { pruneIntents } from '../modules/boxes/store/intents.ts';
import { deleteLeftMailboxes } from '../modules/mail/store/mailboxes.ts';
import { type Look, type Looked, pruneEvents, pruneMessages, pruneTimers, pruneTurns } from './store/retention.ts';
import type { Tx, Writer } from './writer.ts';

/** How long each kind of thing is kept, in days; 0 keeps it for ever. */
export interface RetentionRules {
  messagesDays: number;
  noticesDays: number;
  transcriptDays: number;
  eventsDays: number;
}

/** Rows that one transaction looks at: a few milliseconds, so that no send waits long. */
const STEP = 100;
const DAY_MS = 86_400_000;
/** What was passed over (rows of a clock that was ahead) is looked at again after this. */
const BEGIN_AGAIN_MS = DAY_MS / 4;

/** Deletes what was kept long enough, a small step at a time. */
export interface Pruner {
  /** At most so many steps, and none after `isOver`; answers how many rows went, and whether there may be more. */
  prune(now: number, steps: number, isOver?: () => boolean): Promise<{ deleted: number; more: boolean }>;
}

/** One kind of thing: how long it is kept, and whether a later round must look at what an earlier one left. */
interface Kind {
  days: number;
  again: boolean;
  step: (tx: Tx, look: Look) => Looked;
}

/**
 * Kinds are looked through one after another. Each has a place up to which that was done, kept in memory: a restart
 * begins again, and so does every sixth hour. Old events that stay, stay till then; a message that somebody waited for is looked at again in the next round.
 */
export function createPruner(writer: Writer, rules: RetentionRules): Pruner {
  const kinds = listKinds(rules).filter(({ days }) => days > 0);
  const places = kinds.map(() => 0);
  let current = 0;
  let beganAt = 0;

  return {
    async prune(now, steps, isOver = () => false) {
      if (Math.abs(now - beganAt) >= BEGIN_AGAIN_MS && current === 0) {
        beganAt = now;
        places.fill(0);
      }
      let deleted = 0;
      for (let step = 0; step < steps && !isOver(); step += 1) {
        const kind = kinds[current];
        if (kind === undefined) break;
        const from = places[current] ?? 0;
        const look: Look = { from, before: now - kind.days * DAY_MS, limit: STEP };
        const looked = await writer.write((tx) => kind.step(tx, look));
        deleted += looked.deleted;
        if (looked.next !== null) places[current] = looked.next;
        else {
          if (kind.again) places[current] = 0;
          current += 1;
        }
      }
      const more = current < kinds.length;
      if (!more) current = 0;
      return { deleted, more };
    },
  };
}

function listKinds(rules: RetentionRules): Kind[] {
  return [
    { days: rules.transcriptDays, again: false, step: (tx, look) => pruneEvents(tx.db, 'transcript', look) },
    { days: rules.eventsDays, again: false, step: (tx, look) => pruneEvents(tx.db, 'other', look) },
    { days: rules.noticesDays, again: true, step: (tx, look) => pruneMessages(tx.db, 'own', look) },
    { days: rules.messagesDays, again: true, step: (tx, look) => pruneMessages(tx.db, 'written', look) },
    {
      days: rules.noticesDays,
      again: true,
      step(tx, look) {
        const deleted = pruneTimers(tx.db, look);
        return { deleted, next: deleted === 0 ? null : 0 };
      },
    },
    {
      days: rules.eventsDays,
      again: true,
      step(tx, look) {
        const deleted = pruneModelCalls(tx.db, look);
        return { deleted, next: deleted === 0 ? null : 0 };
      },
    },
    { days: rules.eventsDays, again: true, step: (tx, look) => pruneTurns(tx.db, look) },
    {
      days: rules.eventsDays,
      again: true,
      step(tx, look) {
        const deleted = pruneIntents(tx.db, look);
        return { deleted, next: deleted === 0 ? null : 0 };
      },
    },
    // Kept for nobody, whatever the rules.
    { days: 1, again: true, step: (tx) => ({ deleted: deleteLeftMailboxes(tx.db), next: null }) },
  ];
}
