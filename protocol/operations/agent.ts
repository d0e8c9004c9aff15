import { z } from 'zod';
import { epochMs, rowId } from '../names.ts';
import { op } from '../op.ts';
import { agentState } from '../schemas/agent.ts';
import {
  finishInput,
  heartbeatInput,
  heartbeatOutput,
  helloInput,
  helloOutput,
  spoolInput,
  spoolOutput,
  wakeInput,
  wakeOutput,
} from '../schemas/harness.ts';
import { delivered, messageBody, messageView, sendInput, sendOutput } from '../schemas/message.ts';

/**
 * What one agent's socket serves: to the harness, and through its MCP server to the LLM.
 * The caller is the agent whose socket it is; no field says so.
 */
export const agentSurface = {
  send: op({
    name: 'send',
    method: 'POST',
    path: '/messages',
    summary: 'Send a message. Answered when it is on disk.',
    input: sendInput,
    output: sendOutput,
    errors: ['unknown_agent', 'message_to_self', 'message_too_large', 'key_conflict', 'storage_unavailable'],
    tool: {
      name: 'send',
      description:
        'Send a message to another agent, to "operator" (the human), or to "*" (all other agents). Delivered even if they are away now. Answers come as later messages: do not wait for them.',
    },
  }),
  recv: op({
    name: 'recv',
    method: 'POST',
    path: '/recv',
    summary: 'Lease more waiting messages to the running turn.',
    input: z.strictObject({ limit: z.int().min(1).max(50).default(20).describe('At most this many.') }),
    output: z.strictObject({ messages: z.array(delivered), waiting: z.int().nonnegative() }),
    errors: ['wrong_state'],
    tool: {
      name: 'recv',
      description:
        'Fetch messages that arrived since this turn began. What you were woken for is in your prompt already.',
    },
  }),
  whoami: op({
    name: 'whoami',
    method: 'GET',
    path: '/whoami',
    summary: "The caller's name, role, parent, children and places.",
    input: z.strictObject({}),
    output: z.strictObject({
      name: z.string(),
      role: z.string(),
      parent: z.string().nullable(),
      children: z.array(z.string()),
      generation: z.int(),
      state_dir: z.string(),
      shared_dir: z.string(),
      forge_url: z.string(),
    }),
    errors: [],
    tool: { name: 'whoami', description: 'Your name, role, parent, children, directories and the forge address.' },
  }),
  agents: op({
    name: 'agents',
    method: 'GET',
    path: '/agents',
    summary: 'The other agents, with their roles and whether they are at work.',
    input: z.strictObject({}),
    output: z.strictObject({
      agents: z.array(
        z.strictObject({
          name: z.string(),
          role: z.string(),
          parent: z.string().nullable(),
          state: agentState,
          waiting: z.int().nonnegative(),
        }),
      ),
    }),
    errors: [],
    tool: { name: 'agents', description: 'Who else is in the hive: names, roles, parents, states.' },
  }),
  thread: op({
    name: 'thread',
    method: 'GET',
    path: '/threads/:id',
    summary: 'A thread as far as the caller may see it, with receipts.',
    input: z.strictObject({
      id: z.coerce.number<number | string>().int().positive().describe('Any message of the thread.'),
      limit: z.coerce.number<number | string>().int().min(1).max(100).default(20).describe('The newest so many.'),
    }),
    output: z.strictObject({ thread: rowId, messages: z.array(messageView), more: z.boolean() }),
    errors: ['unknown_message'],
    tool: {
      name: 'thread',
      description:
        'Read a conversation again, with receipts: whether each recipient has it in context or is done with it.',
    },
  }),
  remind: op({
    name: 'remind',
    method: 'POST',
    path: '/reminders',
    summary: 'Write to oneself later.',
    input: z
      .strictObject({
        body: messageBody.describe('What to tell you then.'),
        in_seconds: z.int().min(1).max(31_536_000).optional().describe('After so many seconds.'),
        at: z.iso.datetime({ offset: true }).optional().describe('At this time, e.g. 2026-01-31T09:00:00Z.'),
      })
      .refine((input) => (input.in_seconds === undefined) !== (input.at === undefined), {
        error: 'give either in_seconds or at',
      }),
    output: z.strictObject({ id: rowId, due_at: epochMs }),
    errors: ['past_time', 'too_many_reminders', 'storage_unavailable'],
    tool: { name: 'remind', description: 'Be woken with a text of your own later: give in_seconds or at.' },
  }),

  hello: op({
    name: 'hello',
    method: 'POST',
    path: '/harness/hello',
    summary: 'A harness started. Leases of its older boots are released at once.',
    input: helloInput,
    output: helloOutput,
    errors: ['storage_unavailable'],
  }),
  wake: op({
    name: 'wake',
    method: 'POST',
    path: '/harness/wake',
    summary: 'Wait for something to do (long poll). The same turn is offered until it ends.',
    input: wakeInput,
    output: wakeOutput,
    errors: ['stale_boot', 'storage_unavailable'],
  }),
  heartbeat: op({
    name: 'heartbeat',
    method: 'POST',
    path: '/harness/heartbeat',
    summary: 'Say what the harness does; renews the lease of the running turn.',
    input: heartbeatInput,
    output: heartbeatOutput,
    errors: ['stale_boot', 'storage_unavailable'],
  }),
  finish: op({
    name: 'finish',
    method: 'POST',
    path: '/harness/finish',
    summary: 'End a turn: its deliveries become done, or are put back. Repeating it changes nothing.',
    input: finishInput,
    output: z.strictObject({ accepted: z.literal(true) }),
    errors: ['stale_fence', 'stale_boot', 'storage_unavailable'],
  }),
  spool: op({
    name: 'spool',
    method: 'POST',
    path: '/harness/events',
    summary: 'Store transcript events; what was stored before is skipped by its sequence number.',
    input: spoolInput,
    output: spoolOutput,
    errors: ['storage_unavailable'],
  }),
} as const;
