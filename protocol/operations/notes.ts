import * as z from 'zod';
import { agentName } from '../names.ts';
import { op } from '../op.ts';
import { agentNote } from '../schemas/agent.ts';

/** A line about an agent's current work, for everyone who lists the fleet. */
export const noteOperations = {
  note: op({
    name: 'note',
    audiences: ['agent'],
    method: 'POST',
    path: '/note',
    summary: 'Say in one line what the caller works on; an empty text takes the line away.',
    input: z.strictObject({ text: agentNote }),
    output: z.strictObject({ note: z.string() }),
    cost: 400,
    repeatable: true,
    errors: ['storage_unavailable'],
    tool: { name: 'note', description: 'Show all in one line what you work on; empty removes it.' },
  }),
  setNote: op({
    name: 'setNote',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/note',
    summary: "Write an agent's line for it; an empty text takes the line away.",
    input: z.strictObject({ name: agentName, text: agentNote }),
    output: z.strictObject({ note: z.string() }),
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),
} as const;
