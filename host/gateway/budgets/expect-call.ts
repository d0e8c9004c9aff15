import type { AgentName } from '../../../protocol/names.ts';
import { putBounded } from '../../../system/put-bounded.ts';
import { priceCall, type PriceList } from '../pricing.ts';
import { MOST_KNOWN } from '../holds.ts';
import { EMPTY_TALLY } from '../protocols/tally.ts';
import type { Amounts } from './decide-budget.ts';

/** A request before it is answered. */
export interface AskedCall {
  readonly agent: AgentName;
  readonly model: string | null;
  readonly bytes: number;
  /** The request's own limit of output tokens. */
  readonly maxTokens: number | null;
  readonly prices: PriceList;
  /** The tiers that it asks for, all of which count. */
  readonly tiers?: readonly string[];
}

/** What a call is expected to use: its request alone, and with all the output that it allows. */
export interface Expected {
  readonly input: Amounts;
  readonly whole: Amounts;
}

/** What requests of an agent to a model, in certain tiers, used for each byte. */
interface Rate {
  readonly usd: number;
  readonly tokens: number;
}

const BYTES_PER_TOKEN = 4;
/** As much of a model's name as tells it from others: a box may invent a long one. */
const KEY_CHARS = 200;
/** Of a request that names no limit, or none that a provider takes. */
const USUAL_OUTPUT = 8_192;
/** No answer has more tokens, whatever limit a box names. */
const MOST_OUTPUT = 10_000_000;
/** A conversation grows; its next request may use a little more for each byte. */
const MARGIN = 1.1;

/**
 * Expects what a call will use: its request by what the agent's previous ones to this model used for each byte (most of a
 * long conversation is read from a cache, at a tenth of the price), the first one by the list; its output by its limit.
 */
export function createExpectations() {
  const rates = new Map<string, Rate>();
  const keyOf = ({ agent, model, tiers = [] }: Pick<AskedCall, 'agent' | 'model' | 'tiers'>) =>
    `${agent} ${tiers.join(' ')} ${(model ?? '').slice(0, KEY_CHARS)}`;
  return {
    expect(call: AskedCall): Expected {
      const rate = rates.get(keyOf(call));
      const tokens = Math.ceil(rate === undefined ? call.bytes / BYTES_PER_TOKEN : call.bytes * rate.tokens * MARGIN);
      const output = outputOf(call);
      const price = (counted: { input: number; output: number }) =>
        priceCall({ ...EMPTY_TALLY.tokens, ...counted }, { ...call, model: call.model ?? '' });
      const input = price({ input: Math.max(1, tokens), output: 0 });
      const known = rate === undefined || input === null ? input : call.bytes * rate.usd * MARGIN;
      const written = price({ input: 0, output: Math.max(1, output) });
      return {
        input: { usd: known, tokens, requests: 1 },
        whole: { usd: known === null ? null : known + (written ?? 0), tokens: tokens + output, requests: 1 },
      };
    },
    /** Learns from an answered call what its request used. */
    learn(call: Pick<AskedCall, 'agent' | 'model' | 'bytes' | 'tiers'>, used: { usd: number; tokens: number }): void {
      if (used.tokens > 0 && call.bytes > 0)
        putBounded(rates, [keyOf(call), { usd: used.usd / call.bytes, tokens: used.tokens / call.bytes }], MOST_KNOWN);
    },
    /** The agents that are left; what was learned of others is forgotten. */
    keep(agents: ReadonlySet<AgentName>): void {
      for (const key of rates.keys()) if (!agents.has(key.slice(0, key.indexOf(' ')) as AgentName)) rates.delete(key);
    },
  };
}

/** A whole number: the limit in a request may be any number. */
function outputOf({ maxTokens }: AskedCall): number {
  if (maxTokens === null || !(maxTokens > 0)) return USUAL_OUTPUT;
  return Math.ceil(Math.min(maxTokens, MOST_OUTPUT));
}
