import * as z from 'zod';
import { agentName, rowId } from '../names.ts';
import { op } from '../op.ts';
import { agentView } from '../schemas/agent.ts';
import { HOLD_KINDS } from '../schemas/hold.ts';
import { dedupeKey, messageBody, storedText, waitingRecipient } from '../schemas/message.ts';

/** Pausing an agent between turns, releasing it, and speaking into its running turn. */
export const holdOperations = {
  pauseAgent: op({
    name: 'pauseAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/pause',
    summary: 'Begin no further turn; a running one ends by itself, or at once with now. Mail waits.',
    input: z.strictObject({
      name: agentName,
      reason: storedText.max(500).optional(),
      /** Interrupts the running turn; its messages are put back. */
      now: z.boolean().optional(),
    }),
    output: z.strictObject({ agent: agentView }),
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),
  resumeAgent: op({
    name: 'resumeAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/resume',
    summary: 'Let a paused or stuck agent go on. `lifted` names what held it; empty when nothing did.',
    input: z.strictObject({ name: agentName }),
    output: z.strictObject({ agent: agentView, lifted: z.array(z.enum(HOLD_KINDS)) }),
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),
  inject: op({
    name: 'inject',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/inject',
    summary: "Say something into an agent's running turn; without one it begins a turn. `into` tells where it goes.",
    input: z.strictObject({ name: agentName, text: messageBody, key: dedupeKey.optional() }),
    output: z.strictObject({
      message: rowId,
      /** The running turn; null when none runs. */
      turn: rowId.nullable(),
      /**
       * `running_turn`: the model reads it with its next request. `end_of_turn`: its driver cannot speak into a turn; it
       * is read at the end of the same turn. `next_turn`: it begins a turn. `waits`: no turn may begin now.
       */
      into: z.enum(['running_turn', 'end_of_turn', 'next_turn', 'waits']),
      /** Why it waits. */
      waiting: waitingRecipient.optional(),
    }),
    errors: ['unknown_agent', 'mailbox_full', 'storage_unavailable'],
  }),
} as const;
