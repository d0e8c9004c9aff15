import { HiveError } from '../../protocol/errors.ts';
import type { TurnOffer } from '../../protocol/schemas/harness.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import type { TurnMail } from './turn-mail.ts';
import { pause } from '../../system/pause.ts';

/** Dependencies of polling hived for the mail of a running turn. */
export interface UrgentParts {
  readonly hive: HiveClient;
  readonly mail: TurnMail;
  readonly bootId: string;
  readonly offer: Pick<TurnOffer, 'turn' | 'fence'>;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Called when the end of a turn has to wait for hived, and when it is back. */
  readonly away: { readonly onAway: (error: HiveError) => void; readonly onBack: () => void };
  /** How long hived may hold a poll, in ms. */
  readonly waitMs: number;
}

/** hived holds a poll for up to `waitMs`; if it answers empty sooner, this is the minimum interval. */
const PACE_MS = 250;
/** Maximum number of ids in one poll. */
const MOST_KNOWN = 1_000;

/**
 * Polls for urgent mail until the signal aborts, and passes on mail that the turn did not have. hived may be down for
 * any time. Ends quietly when the turn or the boot is no longer this harness's: heartbeat and wake react to that.
 */
export async function pollUrgent(
  parts: UrgentParts,
  listening: { signal: AbortSignal; onMail: (messages: Delivered[]) => void },
): Promise<void> {
  const { signal, onMail } = listening;
  try {
    while (!signal.aborted) {
      const askedAt = parts.now();
      const mail = await retryWhileAway(() => askOnce(parts, { signal, waitMs: parts.waitMs }), { signal });
      // Admitted mail is passed on even if the signal aborted meanwhile: it would not be returned again.
      if (mail.length > 0) onMail(mail);
      else if (parts.now() - askedAt < PACE_MS) await pause(PACE_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) parts.log(`turn ${parts.offer.turn} hears no more urgent mail: ${sayError(error)}`);
  }
}

/**
 * Fetches all mail that hived leased to the turn and that the harness does not have, retrying until hived answers or
 * the signal aborts. Null when that can no longer be known: then the turn must not count as done.
 */
export async function fetchUnseen(parts: UrgentParts, signal: AbortSignal): Promise<Delivered[] | null> {
  try {
    return await retryWhileAway(() => askOnce(parts, { signal, waitMs: 0 }), { signal, ...parts.away });
  } catch (error) {
    parts.log(`turn ${parts.offer.turn} may have got mail that it did not see: ${sayError(error)}`);
    return null;
  }
}

async function askOnce(parts: UrgentParts, how: { signal: AbortSignal; waitMs: number }): Promise<Delivered[]> {
  const { hive, mail, bootId, offer } = parts;
  const { signal, waitMs } = how;
  const known = mail.known().slice(-MOST_KNOWN);
  const { messages } = await hive.call(
    'urgent',
    { bootId, turn: offer.turn, fence: offer.fence, waitMs, known },
    { signal, timeoutMs: waitMs + 15_000 },
  );
  // Mail that is not admitted here is delivered again with the next poll.
  signal.throwIfAborted();
  return mail.admit(messages);
}

function sayError(error: unknown): string {
  return error instanceof HiveError ? `${error.code}: ${error.message}` : String(error);
}
