import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { agentSurface } from '../../../protocol/operations/agent.ts';
import type { Db } from '../../../store/open-store.ts';
import type { Handlers } from '../../../wire/routes.ts';
import type { Broker } from '../broker/broker.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { findAgent, listAgents } from '../store/agents.ts';
import { threadVisibleTo, visibleThread } from '../store/messages.ts';
import { countStanding, insertReminder } from '../store/reminders.ts';
import type { Writer } from '../store/writer.ts';

export interface AgentHandlerDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  broker: Broker;
  fleet: Fleet;
  clock: () => number;
  maxReminders: number;
}

/** What an agent's socket answers. The caller is whose socket it is. */
export function handleAgents(deps: AgentHandlerDeps): Handlers<typeof agentSurface, AgentName> {
  const { db, writer, events, broker, fleet, clock } = deps;

  function self(name: AgentName) {
    const row = findAgent(db, name);
    if (row === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
    return row;
  }

  return {
    send: (input, { caller }) => broker.send(caller, input),
    recv: (input, { caller }) => broker.recv(caller, input.limit),
    hello: (input, { caller }) => broker.hello(caller, input),
    wake: (input, { caller, signal }) => broker.wake(caller, input, signal),
    heartbeat: (input, { caller }) => broker.heartbeat(caller, input),
    finish: (input, { caller }) => broker.finish(caller, input),
    spool: (input, { caller }) => broker.spool(caller, input),

    whoami(_input, { caller }) {
      const row = self(caller);
      return {
        name: row.name,
        role: row.spec.role,
        parent: row.parent,
        children: listAgents(db)
          .filter((other) => other.parent === caller)
          .map((other) => other.name),
        generation: row.generation,
        state_dir: `/agents/${row.name}/state`,
        shared_dir: '/shared',
        forge_url: 'http://127.0.0.1:7002',
      };
    },

    agents: (_input, { caller }) => ({
      agents: fleet
        .viewAll()
        .filter((view) => view.name !== caller)
        .map((view) => ({
          name: view.name,
          role: view.spec.role,
          parent: view.parent,
          state: view.state,
          waiting: view.queued,
        })),
    }),

    thread(input, { caller }) {
      const viewer = { name: caller, since: self(caller).createdAt };
      const thread = threadVisibleTo(db, input.id, viewer);
      if (thread === null)
        throw new HiveError('unknown_message', `There is no message #${input.id} that you sent or received.`);
      const found = visibleThread(db, { thread, viewer, limit: input.limit + 1 });
      return { thread, messages: found.slice(-input.limit), more: found.length > input.limit };
    },

    async remind(input, { caller }) {
      const now = clock();
      const dueAt = input.in_seconds === undefined ? Date.parse(input.at ?? '') : now + input.in_seconds * 1_000;
      if (dueAt <= now)
        throw new HiveError('past_time', `${input.at ?? ''} is in the past. It is ${new Date(now).toISOString()} now.`);
      const id = await writer.write((tx) => {
        if (countStanding(tx.db, caller) >= deps.maxReminders)
          throw new HiveError(
            'too_many_reminders',
            `You have ${deps.maxReminders} reminders standing, which is the limit. Wait for some to fire.`,
          );
        const made = insertReminder(tx.db, { agent: caller, dueAt, body: input.body, at: now });
        events.append(tx, 'reminder.set', { agent: caller, data: { id: made, dueAt } });
        return made;
      });
      return { id, due_at: dueAt };
    },
  };
}
