import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { ShownTool } from '../agent-protocol/dialect.ts';
import type { ToolUpdate } from '../agent-protocol/read-line.ts';
import { parseJson } from '../../../system/text/parse-json.ts';
import { nameMcpTool } from '../../../protocol/mcp-names.ts';

const HIVE = `mcp_${HIVE_SERVER}_`;
const NAMED = /^(\w+?)(?:__|-\d)/;

/**
 * The CLI shows a call by a title, "sleep 600" or "send (hive MCP Server)", and the tool in the call's ID:
 * `run_shell_command__<id>`. The arguments of an MCP server's tool are its content, as JSON.
 */
export function readTool({ toolCallId }: ToolUpdate, { title, rawInput, content }: ToolUpdate): ShownTool {
  const tool = NAMED.exec(toolCallId)?.[1] ?? title ?? 'tool';
  if (!tool.startsWith(HIVE)) return { name: tool, ofHive: false, input: rawInput ?? { title: title ?? '' } };
  const name = nameMcpTool(HIVE_SERVER, tool.slice(HIVE.length));
  return { name, ofHive: true, input: rawInput ?? parseJson(content?.[0]?.content?.text ?? '') ?? {} };
}
