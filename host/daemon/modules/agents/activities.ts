import { activityOf } from '../../../../protocol/event-words.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { cutText, shorten } from '../../../../system/text/cut-text.ts';

/** What each agent does right now, in a line, as far as events told since hived started. */
export interface Activities {
  of(agent: AgentName): string | null;
  hear(event: HiveEvent): void;
  forget(agent: AgentName): void;
}

export function createActivities(): Activities {
  const now = new Map<string, string>();
  return {
    of: (agent) => now.get(agent) ?? null,
    forget: (agent) => void now.delete(agent),
    hear(event) {
      if (event.agent === null) return;
      const line = activityOf(event);
      if (line === null) now.delete(event.agent);
      else if (line !== undefined) now.set(event.agent, sayOnOneLine(line));
    },
  };
}

function sayOnOneLine(text: string): string {
  return shorten(cutText(text, 400).text.replaceAll(/\s+/g, ' ').trim(), 140);
}
