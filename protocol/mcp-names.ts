/** The name of all tools of an MCP server, as transcripts have it for every driver. */
export function nameMcpServer(server: string): string {
  return `mcp__${server}`;
}

/** The name of a tool of an MCP server, in the same way. */
export function nameMcpTool(server: string, tool: string): string {
  return `${nameMcpServer(server)}__${tool}`;
}

/** The server and the tool that such a name consists of; null for any other name. */
export function readMcpTool(name: string): { server: string; tool: string } | null {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  return server === undefined || tool === undefined ? null : { server, tool };
}
