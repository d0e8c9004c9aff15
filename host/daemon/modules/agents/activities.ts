import { activityOf } from '../../../../protocol/event-words.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import { cutText, shorten } from '../../../../system/text/cut-text.ts';

/** Each agent's current activity, in a line, from the events since hived started. */
export interface Activities {
  of(agent: AgentName): string | null;
  onEvent(event: HiveEvent): void;
}

export function createActivities(memory: AgentMemory): Activities {
  const now = memory.keep<string>('activity');
  return {
    of(agent) {
      const line = now.get(agent);
      return line === undefined ? null : sayOnOneLine(line);
    },
    onEvent(event) {
      if (event.agent === null) return;
      const line = activityOf(event);
      if (line === null) now.delete(event.agent);
      else if (line !== undefined) now.set(event.agent, line);
    },
  };
}

function sayOnOneLine(text: string): string {
  return shorten(cutText(text, 400).text.replaceAll(/\s+/g, ' ').trim(), 140);
}
