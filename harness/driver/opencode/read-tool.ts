import type { ShownTool } from '../agent-protocol/dialect.ts';
import { nameTool } from '../agent-protocol/name-tool.ts';
import type { ToolUpdate } from '../agent-protocol/read-line.ts';

/** A call is announced with the tool's name as its title; its arguments come with the next update, under another title. */
export function readTool(first: ToolUpdate, { status, rawInput }: ToolUpdate): ShownTool | null {
  if (status === 'pending') return null;
  return { ...nameTool(first.title), input: rawInput ?? first.rawInput };
}
