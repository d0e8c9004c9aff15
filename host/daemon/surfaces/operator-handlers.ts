import { type AgentName, MANAGER, OPERATOR } from '../../../protocol/names.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import type { operatorSurface } from '../../../protocol/operations/operator.ts';
import type { agentSpecInput, AgentSpec } from '../../../protocol/schemas/agent.ts';
import type { z } from 'zod';
import type { Handlers } from '../../../wire/routes.ts';
import { type EventLog, keepKinds } from '../core/event-log.ts';
import { type DestroyDeps, destroyAgent } from '../modules/agents/destroy.ts';
import type { Fleet } from '../modules/agents/fleet.ts';
import type { Notes } from '../modules/agents/notes.ts';
import type { Rebuilds } from '../modules/boxes/rebuild.ts';
import { unknownAgent } from '../modules/agents/unknown-agent.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { agentExists, agentNames } from '../modules/agents/store/agents.ts';
import { wantedEventsAfter, eventsBefore, lastSeq } from '../core/store/events.ts';
import { listTurns } from '../modules/turns/store/turns.ts';
import { handleOperatorMail, type MailDeps } from '../modules/mail/mail-handlers.ts';
import { refuseAdminFields } from '../modules/agents/refuse-admin-fields.ts';
import { handleSetup, type SetupDeps } from './setup-handlers.ts';
import type { OperatorTimers } from '../modules/timers/timer-handlers.ts';

/** Who asks on the operator's behalf; said in events. */
export type OperatorCaller = 'dashboard' | 'hivectl';

export interface OperatorHandlerDeps extends MailDeps, SetupDeps {
  events: EventLog;
  timers: OperatorTimers;
  notes: Notes;
  fleet: Fleet;
  rebuilds: Rebuilds;
  runtime: Runtime;
  destroy: DestroyDeps;
  status: () => Promise<OpOutput<(typeof operatorSurface)['status']>>;
  completeSpec: (given: z.output<typeof agentSpecInput>) => AgentSpec;
}

/** No page is longer than this, whatever was asked. */
const MAX_PAGE = 1_000;
const FROM_THE_END = Number.MAX_SAFE_INTEGER;

export function handleOperator(deps: OperatorHandlerDeps): Handlers<typeof operatorSurface, OperatorCaller> {
  const { db, events, turns, fleet, rebuilds, runtime } = deps;

  const known = (of: string | undefined): string | null => {
    if (of === undefined) return null;
    if (of !== OPERATOR && !agentExists(db, of)) throw unknownAgent(of, [...agentNames(db), OPERATOR]);
    return of;
  };
  const acted = (name: AgentName) => ({ agent: fleet.view(name) });

  return {
    status: () => deps.status(),
    listAgents: () => ({ agents: fleet.viewAll(), lastSeq: lastSeq(db) }),
    getAgent: ({ name }) => acted(name),

    async createAgent(input, { caller }) {
      refuseAdminFields(input.spec, caller);
      const parent = input.parent ?? (agentExists(db, MANAGER) ? MANAGER : null);
      const spec = deps.completeSpec(input.spec ?? {});
      return { agent: await fleet.create({ name: input.name, parent, spec, start: input.start }) };
    },
    changeAgent({ name, spec }, { caller }) {
      refuseAdminFields(spec, caller);
      return fleet.change(name, { spec, by: caller });
    },
    setNote: ({ name, text }) => deps.notes.write(name, { text, by: OPERATOR }),
    startAgent: async ({ name }, { caller }) => ({ agent: await fleet.setDesired(name, 'running', caller) }),
    stopAgent: async ({ name }, { caller }) => ({ agent: await fleet.setDesired(name, 'stopped', caller) }),
    restartAgent: async ({ name }) => ({ agent: await fleet.restart(name) }),
    rebuildAgent: async ({ name, reason }, { caller }) => ({
      agent: await rebuilds.rebuild(name, { reason: reason ?? 'the operator asked for it', by: caller }),
    }),
    rebuildAll: ({ reason, now = false, agents }, { caller }) => {
      const why = reason ?? `the operator rebuilds ${agents === undefined ? 'all' : 'several'} agents`;
      return rebuilds.rebuildAll({ reason: why, by: caller, now, only: agents ?? null });
    },
    async interruptAgent({ name, drop }) {
      fleet.view(name);
      await turns.interrupt(name, { drop });
      return acted(name);
    },
    destroyAgent: ({ name, purge }) => destroyAgent(deps.destroy, name, purge),
    async agentLogs({ name, lines }) {
      fleet.view(name);
      const { box } = fleet.keeperOf(name).view();
      return { lines: box === null ? [] : await runtime.logs(box, Math.min(lines, MAX_PAGE)) };
    },
    listTurns({ name, before, limit }) {
      fleet.view(name);
      const rows = listTurns(db, { agent: name, before: before ?? FROM_THE_END, limit: Math.min(limit, MAX_PAGE) });
      return {
        turns: rows.map(
          ({ id, generation, startedAt, endedAt, outcome, reason, text, toolCalls, usage, messages }) => ({
            id,
            agent: name,
            generation,
            startedAt,
            endedAt,
            outcome,
            reason,
            text,
            toolCalls,
            usage,
            messages,
          }),
        ),
      };
    },

    ...handleSetup(deps),
    ...handleOperatorMail({ ...deps, known }),
    ...deps.timers,

    listEvents({ after, before, agent, kinds, limit }) {
      const keep = keepKinds(kinds);
      const size = Math.min(limit, MAX_PAGE);
      const of = agent ?? null;
      if (after !== undefined) {
        const { events: found, upTo } = wantedEventsAfter(db, { after, agent: of, limit: size, keep });
        return { events: found, lastSeq: lastSeq(db), upTo };
      }
      const { events: found, downTo } = eventsBefore(db, {
        before: before ?? FROM_THE_END,
        agent: of,
        limit: size,
        keep,
      });
      return { events: found.reverse(), lastSeq: lastSeq(db), downTo };
    },
    followEvents: ({ after, agent, kinds }, { signal, lastEventId }) =>
      events.follow({ after: lastEventId ?? after ?? null, agent: agent ?? null, keep: keepKinds(kinds) }, signal),
  };
}
