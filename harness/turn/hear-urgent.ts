import { HiveError } from '../../protocol/errors.ts';
import type { TurnOffer } from '../../protocol/schemas/harness.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import type { TurnMail } from './turn-mail.ts';
import { pause } from '../../system/pause.ts';

/** What is needed to ask hived for the mail of a running turn. */
export interface HearParts {
  readonly hive: HiveClient;
  readonly mail: TurnMail;
  readonly bootId: string;
  readonly offer: Pick<TurnOffer, 'turn' | 'fence'>;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Told when the end of a turn has to wait for hived, and when it is back. */
  readonly away: { readonly onAway: (error: HiveError) => void; readonly onBack: () => void };
  /** How long hived may hold a question, in ms. */
  readonly waitMs: number;
}

/** hived holds a question for `waitMs`; when it says nothing sooner, it is not asked faster than this. */
const PACE_MS = 250;
/** As many as hived takes in one question. */
const MOST_KNOWN = 1_000;

/**
 * Asks for urgent mail until the signal fires, and hands on what the turn did not have. hived may be away for any
 * time. Ends quietly when the turn or the boot is no longer this harness's: heartbeat and wake act on that.
 */
export async function hearUrgent(
  parts: HearParts,
  listening: { signal: AbortSignal; onMail: (messages: Delivered[]) => void },
): Promise<void> {
  const { signal, onMail } = listening;
  try {
    while (!signal.aborted) {
      const askedAt = parts.now();
      const mail = await retryWhileAway(() => askOnce(parts, { signal, waitMs: parts.waitMs }), { signal });
      // Whatever was taken in is handed on, even when the signal fired by now: nobody would get it again.
      if (mail.length > 0) onMail(mail);
      else if (parts.now() - askedAt < PACE_MS) await pause(PACE_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) parts.log(`turn ${parts.offer.turn} hears no more urgent mail: ${sayError(error)}`);
  }
}

/**
 * Whatever hived leased to the turn that the harness does not have, asked for until hived answers or the signal
 * fires. Null when that cannot be known any more: then the turn must not count as done.
 */
export async function fetchRest(parts: HearParts, signal: AbortSignal): Promise<Delivered[] | null> {
  try {
    return await retryWhileAway(() => askOnce(parts, { signal, waitMs: 0 }), { signal, ...parts.away });
  } catch (error) {
    parts.log(`turn ${parts.offer.turn} may have got mail that it did not see: ${sayError(error)}`);
    return null;
  }
}

async function askOnce(parts: HearParts, how: { signal: AbortSignal; waitMs: number }): Promise<Delivered[]> {
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
