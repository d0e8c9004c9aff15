import type { EntryState } from '../../../protocol/schemas/model.ts';
import type { Account, Answerer } from '../accounts.ts';
import type { AccountPicker } from '../pick-account.ts';
import type { FailingCalls, Failures } from './failures.ts';
import { judgeEntry } from './judge-entry.ts';

/** Who answers calls of one kind, and which of its accounts may (without a list, all). */
interface LookedEntry {
  readonly answerer: Answerer;
  readonly calls: FailingCalls;
  /** False for free calls, which no limit holds. */
  readonly isPaid: boolean;
  readonly accounts?: readonly Account[] | undefined;
}

/** The state of an entry, from what earlier calls met. Looking changes nothing. */
export function stateOf(
  { answerer, calls, isPaid, accounts }: LookedEntry,
  { picker, failures }: { picker: Pick<AccountPicker, 'look'>; failures: Pick<Failures, 'until'> },
): EntryState {
  const failingUntil = failures.until(calls);
  if (answerer.state !== 'keys') return judgeEntry({ account: answerer.state, limitedUntil: null, failingUntil });
  const looked = picker.look(answerer, { models: isPaid ? calls.models : null }, accounts);
  return judgeEntry({ account: looked.state, limitedUntil: looked.until, failingUntil });
}
