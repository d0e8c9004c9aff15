import { sayBytes, sayQuota } from '../../../../protocol/quota-words.ts';
import type { QuotaStateView } from '../../../../protocol/schemas/egress.ts';
import type { GatewayControl } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentRow } from '../agents/queries.ts';
import { callerOf, type KnownCaller, listCallers } from './callers.ts';
import { createPresentWindows } from '../money/present-windows.ts';
import { type DefaultQuotas, holdingQuotas, QUOTA_PERIODS } from './policy/quotas.ts';
import { listQuotas } from './store/quotas.ts';
import { newestCounters, trafficIn } from './store/traffic.ts';

type QuotasLine = Extract<GatewayControl, { type: 'quotas' }>;
/** A quota's state, with the start of its window. */
export type QuotaState = QuotaStateView & { readonly from: number };

/** The quotas of bytes that hold for agents, and what is used of them in the present windows. */
export type Quotas = ReturnType<typeof createQuotas>;

export function createQuotas(deps: {
  db: Db;
  defaults: DefaultQuotas;
  /** The hive's time zone, whose hours, days and months are the windows. */
  timeZone: string;
  clock: () => number;
}) {
  const { db, defaults, clock } = deps;
  const windowNow = createPresentWindows(clock, deps.timeZone);
  /** When the first window of the last line ends (epoch ms); null while there is none. */
  let endsAt: number | null = null;

  function statesOf(caller: KnownCaller, quotas = listQuotas(db)): QuotaState[] {
    const { name } = caller;
    return holdingQuotas(caller, quotas, defaults).map((quota) => {
      const { start, end } = windowNow(quota.per);
      return { ...quota, agent: name, used: trafficIn(db, name, { start, end }), from: start, until: end ?? start };
    });
  }

  return {
    statesOf,
    statesOfAll(): QuotaStateView[] {
      const quotas = listQuotas(db);
      return listCallers(db).flatMap((caller) => statesOf(caller, quotas).map((state) => viewOf(state)));
    },
    /** What is left of an agent's quotas, for the agent. */
    leftFor: (agent: Pick<AgentRow, 'name' | 'spec'>) =>
      statesOf(callerOf(agent)).map((state) => ({
        budget: `${sayQuota(state)} of traffic with hosts outside`,
        left: sayBytes(Math.max(0, state.bytes - state.used)),
        until: new Date(state.until).toISOString(),
      })),
    /** The gateway's control line with every quota that holds. */
    composeLine(): QuotasLine {
      const quotas = listQuotas(db);
      const agents = listCallers(db).flatMap((caller): QuotasLine['agents'] => {
        const states = statesOf(caller, quotas);
        if (states.length === 0) return [];
        const held = states.map((state) => ({ bytes: state.bytes, used: state.used, words: sayUsedUp(state) }));
        return [{ name: caller.name, quotas: held, counted: newestCounters(db, caller.name, clock()) }];
      });
      const ends = agents.length === 0 ? [] : QUOTA_PERIODS.flatMap((per) => windowNow(per).end ?? []);
      endsAt = ends.length === 0 ? null : Math.min(...ends);
      return { type: 'quotas', agents };
    },
    /** When a window ends, so that the gateway needs another line. */
    windowEndsAt: (): number | null => endsAt,
  };
}

function viewOf({ agent, per, bytes, used, until, setFor }: QuotaState): QuotaStateView {
  return { agent, per, bytes, used, until, setFor };
}

/** What a refused agent is told: the quota, until when, and whom to ask. */
export function sayUsedUp({ agent, per, bytes, until }: QuotaState): string {
  const begins = new Date(until).toISOString();
  return `The quota of ${sayQuota({ bytes, per })} of traffic for ${agent} is used up. It begins again at ${begins}. The operator can raise it: hivectl egress quota ${agent} SIZE --per ${per}`;
}
