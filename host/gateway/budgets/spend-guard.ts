import type { AgentName } from '../../../protocol/names.ts';
import { countCall } from '../../../protocol/count-call.ts';
import type { BudgetStop, UsageRecord } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import { waitAtMost } from '../../../system/pause.ts';
import { nameError } from '../name-error.ts';
import { priceAtLeast, priceCall, type PriceList, priceTally } from '../pricing.ts';
import type { Extras } from '../protocols/extras.ts';
import { CutOffError } from '../protocols/protocol.ts';
import { createThrottle } from '../reports/throttle.ts';
import { EMPTY_TALLY, knowsInput, sumTokens, type Tally } from '../protocols/tally.ts';
import { pricedTiers } from '../tiers.ts';
import type { Passage } from '../upstream/passage.ts';
import type { BudgetBook } from './budget-book.ts';
import type { Amounts, BudgetFacts } from './decide-budget.ts';
import { createExpectations, type Expected } from './expect-call.ts';
import { judgeExtras } from './judge-extras.ts';

/** A call that wants to begin. */
export interface WantedCall {
  readonly id: string;
  readonly agent: AgentName;
  readonly model: string | null;
  readonly maxTokens: number | null;
  readonly bytes: number;
  readonly prices: PriceList;
  readonly extras: Extras;
  /** The demo model answers: it uses tokens, and no money. */
  readonly free: boolean;
}

/**
 * What budgets say to a call: it may begin, with what it is expected to use, all of which is reserved; or not, and why: one
 * of them is used up, only reserved, or cannot count such a request at all.
 */
export type Ruling =
  | { readonly do: 'allow'; readonly expected: Expected }
  | { readonly do: 'refuse'; readonly why: 'used_up' | 'reserved' | 'uncountable'; readonly words: string };

/** A budget broke an answer off; the message is for the agent, where nothing of the answer was sent yet. */
export class BudgetCutError extends CutOffError {
  override readonly name = 'CutOffError';
}

const NOTHING: Amounts = { usd: null, tokens: 0, requests: 0 };

/** Stands between calls and the provider: asks the budgets before a call, and cuts off one that breaks them. */
export type SpendGuard = ReturnType<typeof createSpendGuard>;

export function createSpendGuard(deps: {
  book: BudgetBook;
  /** Tells hived of a call that a budget stopped. */
  tell: (stop: BudgetStop) => Promise<unknown>;
  /** How long an answer waits until hived knows. */
  tellMs: number;
  now: () => number;
  log: Log;
}) {
  const { book } = deps;
  const isNews = createThrottle(deps.now, 1_000);
  const expectations = createExpectations();
  /** The calls under way; `isCounted`: a budget held when they began. */
  const asked = new Map<string, { call: WantedCall; expected: Expected; isCounted: boolean }>();

  /** hived must know before the box does, so that the turn's end is explained. */
  async function tellStop(agent: AgentName, budget: BudgetFacts, cut: boolean): Promise<void> {
    if (!isNews(`${agent} ${budget.id} ${budget.window} ${cut}`)) return;
    deps.log.info({ agent, budget: budget.id, cut }, 'a budget stopped a call');
    const stop = { agent, budget: budget.id, window: budget.window, cut, at: deps.now() };
    const told = deps.tell(stop).catch((error: unknown) => {
      deps.log.warn({ agent, reason: nameError(error) }, 'hived was not told of a stop by a budget');
    });
    await waitAtMost(told, deps.tellMs);
  }

  function learn(call: WantedCall, { usage, model }: UsageRecord): void {
    const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, costUsd } = usage;
    const tiers = tiersOf(call);
    const written = priceCall({ ...EMPTY_TALLY.tokens, output: outputTokens }, { model, prices: call.prices, tiers });
    const tokens = inputTokens + cacheReadTokens + cacheWriteTokens;
    expectations.learn({ ...call, tiers }, { usd: Math.max(0, (costUsd ?? 0) - (written ?? 0)), tokens });
  }

  return {
    async ask(call: WantedCall, signal: AbortSignal): Promise<Ruling> {
      const { id, agent, free } = call;
      const problem = free || !book.countsMoney(agent) ? null : judgeExtras(call.extras, call);
      if (problem !== null) {
        deps.log.info({ agent, call: id }, 'a call was refused that a budget in dollars cannot count');
        return { do: 'refuse', why: 'uncountable', words: problem };
      }
      const { input, whole } = expectations.expect({ ...call, tiers: tiersOf(call) });
      const paid = (amounts: Amounts): Amounts => (free ? { ...amounts, usd: 0 } : amounts);
      const expected = { input: paid(input), whole: paid(whole) };
      if (!book.concerns(agent, { free })) {
        asked.set(id, { call, expected, isCounted: false });
        return { do: 'allow', expected };
      }
      const admission = await book.admit({ id, agent, free, ...expected }, signal, () =>
        deps.log.debug({ agent, call: id }, 'a call waits for what others have reserved of a budget'),
      );
      if (admission.do === 'busy') {
        const words = 'Other calls have reserved what is left of a budget. Try again when one of them is over.';
        return { do: 'refuse', why: 'reserved', words };
      }
      if (admission.do === 'refuse') {
        await tellStop(agent, admission.budget, false);
        return { do: 'refuse', why: 'used_up', words: sayRefusal(admission.words) };
      }
      asked.set(id, { call, expected, isCounted: true });
      return { do: 'allow', expected };
    },
    /** Breaks an answer off as soon as it has used up a budget. */
    watch(id: string, answer: Pick<Passage, 'watch'>, tally: () => Tally): void {
      const counted = asked.get(id);
      if (counted === undefined || !counted.isCounted) return;
      book.watch(id, () => amountsOf(tally(), counted));
      const { agent } = counted.call;
      const breakOff = async (broken: BudgetFacts): Promise<Error> => {
        await tellStop(agent, broken, true);
        return new BudgetCutError(sayRefusal(broken.words));
      };
      answer.watch(() => {
        const broken = book.broken(id);
        return broken === null ? null : breakOff(broken);
      });
    },
    /** A call is over. `record` is null for one that nobody answered. */
    end(id: string, record: UsageRecord | null): void {
      const call = asked.get(id)?.call;
      if (call === undefined) return;
      asked.delete(id);
      if (record === null) return book.end(id, NOTHING, null);
      if (!record.estimated) learn(call, record);
      book.end(id, { ...countCall(record), requests: 1 }, record.call);
    },
    keepAgents: expectations.keep,
  };
}

function sayRefusal(words: string): string {
  return `${words} Your mail waits; the operator can raise it: hivectl budget ls`;
}

function tiersOf({ extras }: Pick<WantedCall, 'extras'>): readonly string[] {
  return Object.values(extras.tiers).flat();
}

/** What a running answer has used so far; its request as expected, until the provider says. */
function amountsOf(tally: Tally, { call, expected }: { call: WantedCall; expected: Expected }): Amounts {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = sumTokens(tally);
  const { names: tiers } = pricedTiers(call.extras.tiers, tally);
  const priceAs = (name: string | null) =>
    priceTally(tally, { model: name ?? '', prices: call.prices, tiers }, priceAtLeast);
  const unsaid = knowsInput(tally) ? NOTHING : expected.input;
  return {
    usd: call.free ? 0 : (priceAs(tally.model ?? call.model) ?? priceAs(call.model) ?? 0) + (unsaid.usd ?? 0),
    tokens: input + output + cacheRead + cacheWrite5m + cacheWrite1h + unsaid.tokens,
    requests: 1,
  };
}
