import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { FileChange } from '../file-change.ts';
import type { Todo } from '../todos.ts';
import { readTitle } from './read-title.ts';
import type { ToolUpdate } from './read-line.ts';

/** What a program says beside the protocol. */
export type Note =
  /** A request to the provider was refused with this HTTP status. */
  | { readonly kind: 'refused'; readonly status: number }
  /** The program will repeat a request at `at` (epoch ms). */
  | { readonly kind: 'retry'; readonly attempt: number; readonly at: number; readonly error: string }
  /** The provider answered a request, with this usage. */
  | { readonly kind: 'answered'; readonly usage: UsageTotals };

/** A tool call in the transcript. */
export interface ShownTool {
  readonly name: string;
  /** A tool of the hive: it does not count as work. */
  readonly ofHive: boolean;
  readonly input: unknown;
  /** The list that it replaces, for a tool that does so. */
  readonly todos?: readonly Todo[] | null;
  /** The agent of the program's own that it starts. */
  readonly subagent?: { readonly name: string; readonly about: string } | null;
}

/** What one program does in a way of its own. */
export interface Dialect {
  /** Its configuration has the agent's instructions. Otherwise they are the first text of each conversation. */
  readonly hasInstructions: boolean;
  /** A prompt that comes during a turn becomes part of it. In other programs it would end the turn. */
  readonly joinsPrompts: boolean;
  /**
   * The call that an update is about, from its first update and the newest; null: it is not known completely yet. An
   * update that ends a call is complete.
   */
  readonly readTool: (first: ToolUpdate, newest: ToolUpdate) => ShownTool | null;
  /** The change of a file by a call that has ended well, where the protocol's own content says less; null: none. */
  readonly readChange?: (shown: ShownTool | null, newest: ToolUpdate) => FileChange | null;
  /** Reads a notification that the protocol does not have; null: it says nothing that the hive needs. */
  readonly readNote: (method: string, params: unknown) => Note | null;
}

/** The protocol alone. */
export const PLAIN: Dialect = {
  hasInstructions: false,
  joinsPrompts: false,
  readTool: (_, { title, rawInput }) => ({ ...readTitle(title), input: rawInput }),
  readNote: () => null,
};
