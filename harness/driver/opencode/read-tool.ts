import * as z from 'zod';
import type { ShownTool } from '../agent-protocol/dialect.ts';
import { readTitle } from '../agent-protocol/read-title.ts';
import type { ToolUpdate } from '../agent-protocol/read-line.ts';
import { readTodosOfInput } from '../todos.ts';

const task = z.object({ subagent_type: z.string(), description: z.string().catch('').default('') });

/** A call is announced with the tool's name as its title; its arguments come with the next update, under another title. */
export function readTool(first: ToolUpdate, { status, rawInput }: ToolUpdate): ShownTool | null {
  if (status === 'pending') return null;
  const input = rawInput ?? first.rawInput;
  const begun = first.title === 'task' ? task.safeParse(input).data : undefined;
  return {
    ...readTitle(first.title),
    input,
    todos: first.title === 'todowrite' ? readTodosOfInput(input) : null,
    subagent: begun === undefined ? null : { name: begun.subagent_type, about: begun.description },
  };
}
