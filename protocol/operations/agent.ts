import * as z from 'zod';
import { op, surfaceFor } from '../op.ts';
import { agentState } from '../schemas/agent.ts';
import {
  finishInput,
  heartbeatInput,
  heartbeatOutput,
  helloInput,
  helloOutput,
  spoolInput,
  spoolOutput,
  urgentInput,
  urgentOutput,
  wakeInput,
  wakeOutput,
} from '../schemas/harness.ts';
import { memberships } from '../schemas/project.ts';
import { agentMail } from './agent-mail.ts';
import { noteOperations } from './notes.ts';
import { sessionFileOperations } from './session-files.ts';

/** Every operation of hived's that agents have, shared with other callers or not. A harness imports only these. */
export const agentOperations = {
  ...agentMail,
  ...noteOperations,
  ...sessionFileOperations,
  whoami: op({
    name: 'whoami',
    audiences: ['agent'],
    method: 'GET',
    path: '/whoami',
    summary:
      'The caller: name, place in the tree, directories, models, limits, what it spent and has left, hosts, reminders, waiting mail, size of its conversation.',
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
      model: z.string(),
      /**
       * The budgets that count its calls, and the quotas of its traffic, with what is left; `until`: when it begins again
       * (ISO 8601), null for never.
       */
      budgets: z.array(z.strictObject({ budget: z.string(), left: z.string(), until: z.string().nullable() })),
      /** Hosts outside that it may reach by rules of its own, its role or the hive: names, `*.domain`, with ports. */
      hosts: z.array(z.string()),
      /** Its level in each of its projects in the forge; missing when it is in none. */
      projects: memberships.optional(),
      /** A hived of an older build omits this field and the next ones. */
      driver: z.string().optional(),
      /** Who answers its requests, in the order in which they are asked: `provider/model`. */
      models: z.array(z.string()).optional(),
      /** Its box's and its turns' limits; those that it has none of are left out. */
      limits: z
        .strictObject({
          memory_mb: z.int(),
          cpus: z.number(),
          processes: z.int(),
          tmp_mb: z.int(),
          disk_mb: z.int().optional(),
          disk_files: z.int().optional(),
          turn_minutes: z.number(),
          turn_tool_calls: z.int().optional(),
          turn_output_kb: z.int().optional(),
        })
        .optional(),
      /** What its calls of today used (by the hive's time zone). `usd` has those whose price is known. */
      spent_today: z
        .strictObject({ calls: z.int(), tokens: z.int(), usd: z.number(), unpriced_calls: z.int() })
        .optional(),
      /** Standing ones, and when the first one is due (ISO 8601); null: never. */
      reminders: z.strictObject({ standing: z.int(), next: z.string().nullable() }).optional(),
      schedules: z.strictObject({ standing: z.int(), next: z.string().nullable() }).optional(),
      /** Messages that wait for a further turn, or for `recv`. */
      unread: z.int().optional(),
      /** The size of its conversation after its last turn, and the model's window, in tokens; null where not known. */
      context: z.strictObject({ tokens: z.int().nullable(), window: z.int().nullable() }).optional(),
    }),
    cost: 16,
    errors: [],
    tool: {
      name: 'status',
      description: 'You: limits, spend, models, hosts, reminders, unread mail, context used.',
    },
  }),
  agents: op({
    name: 'agents',
    audiences: ['agent'],
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
          /** The agent's note on its current work, if it set one. */
          note: z.string().optional(),
        }),
      ),
    }),
    cost: 40,
    errors: [],
    tool: { name: 'agents', description: 'The other agents: roles, parents, states.' },
  }),

  hello: op({
    name: 'hello',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/hello',
    summary: 'A harness started. Leases of its older boots are released at once.',
    input: helloInput,
    output: helloOutput,
    cost: 600,
    repeatable: true,
    errors: ['storage_unavailable'],
  }),
  wake: op({
    name: 'wake',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/wake',
    summary: 'Wait for something to do (long poll). The same turn is offered until it ends.',
    input: wakeInput,
    output: wakeOutput,
    cost: 2,
    repeatable: true,
    errors: ['stale_boot', 'storage_unavailable'],
  }),
  urgent: op({
    name: 'urgent',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/urgent',
    summary: 'Wait for mail that is high or critical and lease it to the running turn (long poll).',
    input: urgentInput,
    output: urgentOutput,
    cost: 2,
    repeatable: true,
    errors: ['stale_boot', 'stale_fence', 'storage_unavailable'],
  }),
  heartbeat: op({
    name: 'heartbeat',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/heartbeat',
    summary: 'Say what the harness does; renews the lease of the running turn.',
    input: heartbeatInput,
    output: heartbeatOutput,
    cost: 2,
    repeatable: true,
    errors: ['stale_boot', 'storage_unavailable'],
  }),
  finish: op({
    name: 'finish',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/finish',
    summary: 'End a turn: its deliveries become done, or are put back. Repeating it changes nothing.',
    input: finishInput,
    output: z.strictObject({ accepted: z.literal(true) }),
    cost: 4,
    repeatable: true,
    errors: ['stale_fence', 'stale_boot', 'storage_unavailable'],
  }),
  spool: op({
    name: 'spool',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/events',
    summary: 'Store transcript events; what was stored before is skipped by its sequence number.',
    input: spoolInput,
    output: spoolOutput,
    cost: 2,
    repeatable: true,
    errors: ['storage_unavailable'],
  }),
} as const;

/**
 * What one agent's socket serves: to the harness, and through its MCP server to the LLM. The caller is the agent that
 * owns the socket; no field names it.
 */
export const agentSurface = surfaceFor(agentOperations, 'agent');
