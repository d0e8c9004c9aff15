import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import { nameMcpTool } from '../../../protocol/mcp-names.ts';

/** A program shows a tool by a title of its own; for the hive's tools that is the tool's name and its server's. */
const HIVE_TITLES = [
  new RegExp(`^(?:mcp_+)?${HIVE_SERVER}_+(\\w+)$`),
  new RegExp(`^(\\w+) \\(${HIVE_SERVER} MCP Server\\)`),
  new RegExp(`^${HIVE_SERVER}[./:](\\w+)$`),
];

/** The name that a tool with this title has in the transcript. */
export function readTitle(title: string | null | undefined): { name: string; ofHive: boolean } {
  const text = title?.trim() ?? '';
  for (const form of HIVE_TITLES) {
    const tool = form.exec(text)?.[1];
    if (tool !== undefined) return { name: nameMcpTool(HIVE_SERVER, tool), ofHive: true };
  }
  return { name: text === '' ? 'tool' : text, ofHive: false };
}
