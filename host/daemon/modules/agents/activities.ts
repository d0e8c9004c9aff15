import { activityOf } from '../../../../protocol/event-words.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';

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
      else if (line !== undefined) now.set(event.agent, cut(line));
    },
  };
}

function cut(text: string): string {
  const line = text.slice(0, 400).replaceAll(/\s+/g, ' ').trim();
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}
