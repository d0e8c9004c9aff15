import { BOX_PATHS, boxStateDir, FORGE_IN_BOX } from '../../../protocol/box-paths.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { agentSurface } from '../../../protocol/operations/agent.ts';
import type { Handlers } from '../../../wire/routes.ts';
import type { Fleet } from '../modules/agents/fleet.ts';
import type { Notes } from '../modules/agents/notes.ts';
import { childrenOf, findAgent } from '../modules/agents/store/agents.ts';
import { handleAgentMail, type MailDeps } from '../modules/mail/mail-handlers.ts';
import type { AgentTimers } from '../modules/timers/timer-handlers.ts';

export interface AgentHandlerDeps extends MailDeps {
  fleet: Fleet;
  timers: AgentTimers;
  notes: Notes;
}

/** What an agent's socket answers. The caller is whose socket it is. */
export function handleAgents(deps: AgentHandlerDeps): Handlers<typeof agentSurface, AgentName> {
  const { db, turns, fleet } = deps;

  function self(name: AgentName) {
    const row = findAgent(db, name);
    if (row === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
    return row;
  }

  return {
    ...handleAgentMail(deps),
    ...deps.timers,
    hello: (input, { caller }) => turns.hello(caller, input),
    wake: (input, { caller, signal }) => turns.wake(caller, input, signal),
    urgent: (input, { caller, signal }) => turns.urgent(caller, input, signal),
    heartbeat: (input, { caller }) => turns.heartbeat(caller, input),
    finish: (input, { caller }) => turns.finish(caller, input),
    spool: (input, { caller }) => turns.spool(caller, input),

    note: ({ text }, { caller }) => deps.notes.write(caller, { text, by: caller }),

    whoami(_input, { caller }) {
      const row = self(caller);
      return {
        name: row.name,
        role: row.spec.role,
        parent: row.parent,
        children: childrenOf(db, caller),
        generation: row.generation,
        state_dir: boxStateDir(row.name),
        shared_dir: BOX_PATHS.shared,
        forge_url: FORGE_IN_BOX,
      };
    },

    agents: (_input, { caller }) => ({ agents: fleet.listBriefly().filter(({ name }) => name !== caller) }),
  };
}
