import * as z from 'zod';
import { agentName, queryInt, uuid } from '../names.ts';
import { op } from '../op.ts';
import { terminalCols, terminalKind, terminalOutput, terminalRows, terminalView } from '../schemas/terminal.ts';
import { MAX_TYPED_CHARS } from '../terminal-words.ts';

/** The holder's proof that it is the one who opened the terminal. */
const key = uuid;

/** Terminals in agents' boxes, for the operator alone (docs/security.md). */
export const terminalOperations = {
  openTerminal: op({
    name: 'openTerminal',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/terminals',
    summary:
      "Open a terminal in an agent's box: a shell, or its conversation, while which turns wait. It closes when nobody follows it with its key for a while.",
    input: z.strictObject({
      name: agentName,
      kind: terminalKind,
      cols: terminalCols.default(80),
      rows: terminalRows.default(24),
      /** For a conversation: a running turn is waited for, in the terminal, instead of an error. */
      whenIdle: z.boolean().optional(),
    }),
    /** `key` is null when somebody else has the conversation open already: it can be watched. */
    output: z.strictObject({ terminal: terminalView, key: key.nullable() }),
    errors: [
      'unknown_agent',
      'wrong_state',
      'busy',
      'too_many_terminals',
      'engine_unavailable',
      'engine_error',
      'storage_unavailable',
    ],
  }),
  listTerminals: op({
    name: 'listTerminals',
    audiences: ['operator'],
    method: 'GET',
    path: '/terminals',
    summary: 'The open terminals; all, or those of one agent.',
    input: z.strictObject({ agent: agentName.optional() }),
    output: z.strictObject({ terminals: z.array(terminalView) }),
    errors: [],
  }),
  followTerminal: op({
    name: 'followTerminal',
    audiences: ['operator'],
    method: 'GET',
    path: '/terminals/:id/output',
    summary:
      'What a terminal shows, as it grows (SSE): first the kept output, or what came after Last-Event-ID or `after`. Without its key, it is watched.',
    input: z.strictObject({ id: uuid, key: key.optional(), after: queryInt.optional() }),
    output: terminalOutput,
    errors: ['unknown_terminal', 'too_many_streams'],
    stream: true,
  }),
  typeInTerminal: op({
    name: 'typeInTerminal',
    audiences: ['operator'],
    method: 'POST',
    path: '/terminals/:id/input',
    summary: 'Type into a terminal. The answer comes when the program has room for more.',
    input: z.strictObject({ id: uuid, key, text: z.string().min(1).max(MAX_TYPED_CHARS) }),
    output: z.strictObject({ taken: z.literal(true) }),
    errors: ['unknown_terminal', 'wrong_state', 'busy'],
    takesSecret: true,
  }),
  resizeTerminal: op({
    name: 'resizeTerminal',
    audiences: ['operator'],
    method: 'PUT',
    path: '/terminals/:id/size',
    summary: 'Tell a terminal its size.',
    input: z.strictObject({ id: uuid, key, cols: terminalCols, rows: terminalRows }),
    output: z.strictObject({ terminal: terminalView }),
    errors: ['unknown_terminal', 'wrong_state', 'engine_unavailable'],
    repeatable: true,
  }),
  closeTerminal: op({
    name: 'closeTerminal',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/terminals/:id',
    summary: 'Close a terminal: what runs in it is ended.',
    input: z.strictObject({ id: uuid }),
    output: z.strictObject({ closed: z.literal(true) }),
    errors: ['unknown_terminal'],
  }),
} as const;
