import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';

/** What each agent does right now, in a line, as far as events told since hived started. */
export interface Activities {
  of(agent: AgentName): string | null;
  hear(event: HiveEvent): void;
}

export function createActivities(): Activities {
  const now = new Map<string, string>();
  return {
    of: (agent) => now.get(agent) ?? null,
    hear(event) {
      if (event.agent === null) return;
      const line = describe(event);
      if (line === null) now.delete(event.agent);
      else if (line !== undefined) now.set(event.agent, line);
    },
  };
}

/** A line; null when nothing goes on any more; undefined when the event says nothing about it. */
function describe(event: HiveEvent): string | null | undefined {
  const data = event.data as { tool?: string; input?: string; text?: string; attempt?: number; error?: string };
  switch (event.kind) {
    case 'turn.started':
      return 'reading its mail';
    case 'turn.thinking':
      return 'thinking';
    case 'turn.text':
      return cut(data.text ?? '');
    case 'turn.tool_call':
      return cut(`${(data.tool ?? '').replace(/^mcp__hive__/, '')} ${data.input ?? ''}`);
    case 'turn.retry':
      return `asking the model again (${data.error ?? 'error'}, try ${data.attempt ?? '?'})`;
    case 'turn.finished':
    case 'agent.destroyed':
      return null;
    default:
      return undefined;
  }
}

function cut(text: string): string {
  const line = text.slice(0, 400).replaceAll(/\s+/g, ' ').trim();
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}
