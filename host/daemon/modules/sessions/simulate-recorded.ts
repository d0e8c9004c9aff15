import { setImmediate } from 'node:timers/promises';
import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { sessionOperations } from '../../../../protocol/operations/sessions.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentRow } from '../agents/queries.ts';
import { listTurnsWithModel } from '../stats/queries.ts';
import { describeTurns, lifeOf, ratesOf, type SessionDeps } from './plan-session.ts';
import { TYPICAL_RATES } from './policy/cost-model.ts';
import { POLICY_NAMES, simulate } from './policy/simulate.ts';

type Simulation = OpOutput<(typeof sessionOperations)['simulateSessions']>;
type Sum = Simulation['total'][number];

/** The newest turns of each agent that are replayed. */
const MOST_TURNS = 2_000;
/** The window that is assumed where no turn reported one. */
const USUAL_WINDOW = 200_000;
/** How much of the conversation before it a turn is assumed to need: nobody can measure it. */
const ASSUMED_NEEDS = 8_000;

/** Replays the recorded turns of agents under each policy; between two agents hived does what else it has to do. */
export async function simulateRecorded(db: Db, deps: SessionDeps, agents: readonly AgentRow[]): Promise<Simulation> {
  const rows: Simulation['agents'] = [];
  for (const agent of agents) {
    rows.push(...simulateAgent(db, deps, agent));
    await setImmediate();
  }
  const total = POLICY_NAMES.map((policy) =>
    rows.flatMap(({ policies }) => policies.filter((one) => one.policy === policy)).reduce(add, nothing(policy)),
  );
  return { agents: rows, total };
}

function simulateAgent(db: Db, deps: SessionDeps, agent: AgentRow): Simulation['agents'] {
  const recorded = listTurnsWithModel(db, { agent: agent.name, since: agent.createdAt, limit: MOST_TURNS });
  const turns = describeTurns(recorded)
    .toReversed()
    .map((turn) => ({ ...turn, needs: ASSUMED_NEEDS }));
  if (turns.length === 0) return [];
  const last = recorded.find(({ model }) => model !== null) ?? { provider: null, model: null };
  const lifeMs = lifeOf(recorded);
  const rates = ratesOf(deps, last, lifeMs);
  const setting = {
    rates,
    lifeMs,
    windowTokens: recorded.find(({ windowTokens }) => windowTokens !== null)?.windowTokens ?? USUAL_WINDOW,
    canCompact: DRIVERS[agent.spec.driver].capabilities.compaction === 'asked',
  };
  const policies = POLICY_NAMES.map((policy): Sum => {
    const { tokens, usd, fresh, compacted } = simulate(turns, policy, setting);
    return {
      policy,
      inputTokens: Math.round(tokens.input),
      cacheReadTokens: Math.round(tokens.cacheRead),
      cacheWriteTokens: Math.round(tokens.cacheWrite),
      outputTokens: Math.round(tokens.output),
      usd,
      fresh,
      compacted,
    };
  });
  return [{ name: agent.name, turns: turns.length, model: last.model, isPriced: rates !== TYPICAL_RATES, policies }];
}

function nothing(policy: Sum['policy']): Sum {
  return {
    policy,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    usd: 0,
    fresh: 0,
    compacted: 0,
  };
}

function add(a: Sum, b: Sum): Sum {
  return {
    policy: a.policy,
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    usd: a.usd + b.usd,
    fresh: a.fresh + b.fresh,
    compacted: a.compacted + b.compacted,
  };
}
