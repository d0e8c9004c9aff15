import type { AgentName } from '../../../../protocol/names.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Writer } from '../../core/writer.ts';
import { agentNames, findAgent, setNote } from './store/agents.ts';
import { unknownAgent } from './unknown-agent.ts';

/** Agents' notes, written by themselves or the operator. */
export interface Notes {
  /** Writes an agent's note; an empty text removes it. Throws `unknown_agent`. Idempotent. */
  write(agent: AgentName, note: { text: string; by: string }): Promise<{ note: string }>;
}

export function createNotes({ writer, events }: { writer: Writer; events: EventLog }): Notes {
  return {
    write: (agent, { text, by }) =>
      writer.write((tx) => {
        const row = findAgent(tx.db, agent);
        if (row === null) throw unknownAgent(agent, agentNames(tx.db));
        if (row.note !== text) {
          setNote(tx.db, agent, text);
          events.append(tx, 'agent.note', { agent, data: { text, by } });
        }
        return { note: text };
      }),
  };
}
