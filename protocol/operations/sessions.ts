import * as z from 'zod';
import { agentName } from '../names.ts';
import { op } from '../op.ts';
import { sessionId, sessionView } from '../schemas/session.ts';

/** Names of policies, the hive's own first. */
export const SIMULATED = ['default', 'always_continue', 'always_fresh', 'compact_at_80'] as const;

const simulated = z.strictObject({
  policy: z.enum(SIMULATED),
  inputTokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative(),
  cacheWriteTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  usd: z.number().nonnegative(),
  fresh: z.int().nonnegative(),
  compacted: z.int().nonnegative(),
});

const chosen = z.strictObject({ name: agentName, session: z.string().nullable() });

/** The conversations of agents. What the operator chooses holds from the agent's next turn. */
export const sessionOperations = {
  listSessions: op({
    name: 'listSessions',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/sessions',
    summary: "An agent's conversations, the newest use first, and what the operator chose for its next turn.",
    input: z.strictObject({ name: agentName }),
    output: z.strictObject({
      sessions: z.array(sessionView),
      next: z.strictObject({ choice: z.enum(['use', 'fresh', 'fork']), session: z.string().nullable() }).nullable(),
    }),
    errors: ['unknown_agent'],
  }),
  useSession: op({
    name: 'useSession',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/sessions/use',
    summary: "The agent's next turn continues this one of its conversations.",
    input: z.strictObject({ name: agentName, session: sessionId }),
    output: chosen,
    repeatable: true,
    errors: ['unknown_agent', 'not_found', 'wrong_state', 'storage_unavailable'],
  }),
  resetSession: op({
    name: 'resetSession',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/sessions/reset',
    summary: "The agent's next turn begins a fresh conversation; the others stay.",
    input: z.strictObject({ name: agentName }),
    output: chosen,
    repeatable: true,
    errors: ['unknown_agent', 'storage_unavailable'],
  }),
  forkSession: op({
    name: 'forkSession',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/sessions/fork',
    summary: "The agent's next turn continues a copy of one of its conversations (default: the current one).",
    input: z.strictObject({ name: agentName, session: sessionId.optional() }),
    output: chosen,
    repeatable: true,
    errors: ['unknown_agent', 'not_found', 'wrong_state', 'storage_unavailable'],
  }),
  simulateSessions: op({
    name: 'simulateSessions',
    audiences: ['operator'],
    method: 'GET',
    path: '/sessions/simulation',
    summary: 'Recorded turns replayed under each policy for conversations: tokens and money.',
    input: z.strictObject({ name: agentName.optional() }),
    output: z.strictObject({
      agents: z.array(
        z.strictObject({
          name: agentName,
          turns: z.int().nonnegative(),
          model: z.string().nullable(),
          /** Whether the model's price is known; otherwise only the ratios of the sums are right. */
          isPriced: z.boolean(),
          policies: z.array(simulated),
        }),
      ),
      total: z.array(simulated),
    }),
    errors: ['unknown_agent'],
  }),
} as const;
