import * as z from 'zod';
import type { TodoState } from '../../protocol/schemas/work-events.ts';

/** An entry of an agent's list. */
export interface Todo {
  readonly text: string;
  readonly state: TodoState;
}

/** How CLIs name the states. */
const STATES: Readonly<Record<string, TodoState>> = {
  pending: 'pending',
  in_progress: 'in_progress',
  inProgress: 'in_progress',
  completed: 'done',
  done: 'done',
  cancelled: 'dropped',
};

/** CLIs name the text differently, and add fields of their own. */
const entry = z
  .looseObject({
    content: z.string().optional(),
    description: z.string().optional(),
    step: z.string().optional(),
    text: z.string().optional(),
    status: z.string().optional(),
    state: z.string().optional(),
  })
  .transform(({ content, description, step, text, status, state }): Todo | null => {
    const said = content ?? description ?? step ?? text;
    return said === undefined ? null : { text: said, state: STATES[status ?? state ?? ''] ?? 'pending' };
  });
const entries = z.array(entry.nullable().catch(null));

/** Reads a list as a CLI writes it; null for anything else. Entries without a text are left out. */
export function readTodos(given: unknown): Todo[] | null {
  const { data } = entries.safeParse(given);
  return data === undefined ? null : data.flatMap((one) => one ?? []);
}

const input = z.looseObject({ todos: z.unknown() });

/** The list in the input of a tool that replaces it; null when there is none. */
export function readTodosOfInput(given: unknown): Todo[] | null {
  return readTodos(input.safeParse(given).data?.todos);
}
