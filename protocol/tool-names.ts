import { DRIVERS } from './drivers/drivers.ts';
import { HIVE_SERVER } from './hive-server.ts';

/** A tool's own name, and its MCP server; null when the tool is built into the CLI. */
export interface ToolName {
  readonly tool: string;
  readonly server: string | null;
}

/** Parses a tool's name as any driver's CLI writes it. */
export function readToolName(name: string): ToolName {
  for (const { readToolName: read } of Object.values(DRIVERS)) {
    const found = read(name);
    if (found !== null) return found;
  }
  return { tool: name, server: null };
}

/** Whether it is a tool of the hive. */
export function isHiveTool(name: string): boolean {
  return readToolName(name).server === HIVE_SERVER;
}

/** For people: a tool of the hive without its server, every other as its CLI writes it. */
export function sayToolName(name: string): string {
  return isHiveTool(name) ? readToolName(name).tool : name;
}
