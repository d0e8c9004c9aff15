import type { DriverFacts } from './driver-facts.ts';

export const claude: DriverFacts = {
  title: 'Claude Code, through its JSON Lines stream',
  capabilities: {
    process: 'kept_warm',
    tools: 'connected',
    ownTools: 'chosen',
    conversation: 'resumed',
    midTurnMail: 'said',
    interrupt: 'asked',
    usage: 'differences',
    limits: 'recognised',
  },
  command: 'none',
  readToolName,
  toolchain: { name: 'claude', program: 'claude/claude', stamp: 'claude/version' },
};

/** How Claude Code names all tools of an MCP server at once, for its lists of allowed tools. */
export function nameServer(server: string): string {
  return `mcp__${server}`;
}

/** How Claude Code names a tool of an MCP server. */
export function nameTool(server: string, tool: string): string {
  return `${nameServer(server)}__${tool}`;
}

function readToolName(name: string): { server: string; tool: string } | null {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  return server === undefined || tool === undefined ? null : { server, tool };
}
