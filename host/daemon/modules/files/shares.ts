import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';

const HOUR_MS = 3_600_000;

/** The bytes that each owner's uploads used within its hour, so that no owner fills the store for all. */
export interface Shares {
  /** Throws `rate_exceeded`, which says when the owner's next hour begins. */
  take(owner: string, room: number): void;
  /** Gives back the share of a failed upload. */
  giveBack(owner: string, room: number): void;
}

/** An owner's hour begins with its first upload; a clock that is set back begins it anew. */
export function createShares(share: number, deps: { clock: () => number; memory: AgentMemory }): Shares {
  const hours = deps.memory.keep<{ since: number; taken: number }>('share of the room for files');
  return {
    take(owner, room) {
      const now = deps.clock();
      let hour = hours.get(owner);
      if (hour === undefined || isOver(hour, now)) {
        hours.set(owner, (hour = { since: now, taken: 0 }));
      }
      if (hour.taken + room > share) throw shareTaken(share, hour.since + HOUR_MS - now);
      hour.taken += room;
    },
    giveBack(owner, room) {
      const hour = hours.get(owner);
      if (hour !== undefined) hour.taken = Math.max(0, hour.taken - room);
    },
  };
}

function isOver(hour: { since: number }, now: number): boolean {
  return now < hour.since || now - hour.since >= HOUR_MS;
}

function shareTaken(share: number, retryAfterMs: number): HiveError {
  return new HiveError(
    'rate_exceeded',
    `Your files of this hour take your share of the hive's room (${share} bytes). Put this one into /shared and send its path, or try again in ${Math.ceil(retryAfterMs / 60_000)} min.`,
    { details: { retryAfterMs } },
  );
}
