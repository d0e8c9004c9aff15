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

/** Claude Code's name for all tools of an MCP server, for its lists of allowed tools. */
export function nameServer(server: string): string {
  return `mcp__${server}`;
}

/** Claude Code's name for a tool of an MCP server. */
export function nameTool(server: string, tool: string): string {
  return `${nameServer(server)}__${tool}`;
}

function readToolName(name: string): { server: string; tool: string } | null {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  return server === undefined || tool === undefined ? null : { server, tool };
}
