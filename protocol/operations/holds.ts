import * as z from 'zod';
import { agentName } from '../names.ts';
import { op } from '../op.ts';
import { agentView } from '../schemas/agent.ts';
import { HOLD_KINDS } from '../schemas/hold.ts';
import { storedText } from '../schemas/message.ts';

/** Pausing an agent between turns, and releasing it. */
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
} as const;
