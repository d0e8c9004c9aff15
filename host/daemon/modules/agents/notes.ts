import type { AgentName } from '../../../../protocol/names.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Writer } from '../../core/writer.ts';
import { agentNames, findAgent, setNote } from './store/agents.ts';
import { unknownAgent } from './unknown-agent.ts';

/** Agents' notes as they themselves and the operator write them. */
export interface Notes {
  /** Writes an agent's note, or takes it away with an empty text. Throws `unknown_agent`. The same text again changes nothing. */
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
