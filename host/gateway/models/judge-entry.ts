import { DEMO } from '../../../protocol/providers.ts';
import type { EntryState } from '../../../protocol/schemas/model.ts';

/** Facts about who may answer a call. Times are epoch milliseconds, null where nothing holds. */
export interface EntryFacts {
  readonly account:
    | 'not_told'
    | 'unknown'
    | 'no_key'
    | typeof DEMO
    | 'key'
    | 'key_refused'
    | 'wrong_client'
    | 'limited';
  /** When a limit ends that another call on this account met. */
  readonly limitedUntil: number | null;
  /** Until when others are asked first, because calls failed on its side. */
  readonly failingUntil: number | null;
}

export function judgeEntry({ account, limitedUntil, failingUntil }: EntryFacts): EntryState {
  switch (account) {
    case 'key':
      return failingUntil === null ? { state: 'ready', until: null } : { state: 'failing', until: failingUntil };
    case 'limited':
      return { state: 'limited', until: limitedUntil };
    case 'key_refused':
    case 'wrong_client':
      return { state: 'refused', until: null };
    case 'unknown':
      return { state: 'no_key', until: null };
    case 'not_told':
    case 'no_key':
    case DEMO:
      return { state: account, until: null };
  }
}

/** Whether an entry in this state is asked. One whose calls failed lately is, when there is no better one. */
export function mayAnswer({ state }: EntryState): boolean {
  return state === 'ready' || state === 'failing';
}

/**
 * Which entry a call goes to, by its index: the first that is ready; else the first whose calls failed lately; else, of
 * those under a limit, the one whose limit ends first, so that the refusal names this time; else the first.
 */
export function pickEntry(states: readonly EntryState[]): number {
  const indexOf = (wanted: (one: EntryState) => boolean) => states.findIndex(wanted);
  const ready = indexOf(({ state }) => state === 'ready');
  if (ready !== -1) return ready;
  const failing = indexOf(({ state }) => state === 'failing');
  if (failing !== -1) return failing;
  const ends = states.map(({ state, until }) => (state === 'limited' ? (until ?? Infinity) : Infinity));
  const earliest = Math.min(...ends);
  return Math.max(
    0,
    indexOf(({ state, until }) => state === 'limited' && (until ?? Infinity) === earliest),
  );
}
