import { DEMO } from '../../protocol/providers.ts';
import type { OpenCallView } from '../../protocol/schemas/gateway.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { Call } from './call.ts';
import { priceTally } from './pricing.ts';
import { knowsInput, sumTokens } from './protocols/tally.ts';
import { pricedTiers } from './tiers.ts';

/** The calls to models under way. Whoever adds a call removes it when it is over. */
export interface OpenCalls {
  add(call: Call): void;
  remove(call: Call): void;
  count(): number;
  /** The oldest `most` of them. */
  list(most: number): OpenCallView[];
}

export function createOpenCalls(): OpenCalls {
  const open = new Map<string, Call>();
  return {
    add: (call) => void open.set(call.id, call),
    remove: ({ id }) => void open.delete(id),
    count: () => open.size,
    // A map keeps the order in which they began.
    list: (most) => [...open.values()].slice(0, most).map(viewCall),
  };
}

const MAX_NAME_CHARS = 200;
const nameOf = (text: string | null) => (text === null ? null : shorten(text, MAX_NAME_CHARS));

function viewCall({ kind, startedAt, outcome }: Call): OpenCallView {
  const tally = outcome.soFar();
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = sumTokens(tally);
  const model = tally.model ?? outcome.asked;
  const { names: tiers } = pricedTiers(outcome.extras.tiers, tally);
  const listed = priceTally(tally, { model: model ?? '', prices: outcome.prices, tiers });
  return {
    agent: kind.agent,
    provider: outcome.answerer,
    model: nameOf(model),
    insteadOf: nameOf(outcome.insteadOf),
    startedAt,
    usage: {
      inputTokens: input,
      outputTokens: output,
      cacheReadTokens: cacheRead,
      cacheWriteTokens: cacheWrite5m + cacheWrite1h,
      // Of a request that is not counted yet, most of the price is not known.
      costUsd: outcome.answerer === DEMO ? 0 : knowsInput(tally) && !tally.unusualPrice ? listed : null,
    },
  };
}
