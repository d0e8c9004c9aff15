import { DRIVERS } from './drivers/drivers.ts';
import { HIVE_SERVER } from './hive-server.ts';

/** A tool's own name, and the MCP server that gives it; null: it is the CLI's own. */
export interface ToolName {
  readonly tool: string;
  readonly server: string | null;
}

/** Reads a tool's name as any driver's CLI writes it. */
export function readToolName(name: string): ToolName {
  for (const { readToolName: read } of Object.values(DRIVERS)) {
    const found = read(name);
    if (found !== null) return found;
  }
  return { tool: name, server: null };
}

/** Whether the hive gives this tool. */
export function isHiveTool(name: string): boolean {
  return readToolName(name).server === HIVE_SERVER;
}

/** For people: a tool of the hive's goes without its server, every other as its CLI calls it. */
export function sayToolName(name: string): string {
  return isHiveTool(name) ? readToolName(name).tool : name;
}
