import * as z from 'zod';
import { agentName, epochMs, queryInt, rowId } from '../names.ts';
import { answererName, providerName } from '../schemas/provider.ts';
import { op, surfaceFor } from '../op.ts';
import { agentSpecInput, agentView, agentWithoutCli, usageSum } from '../schemas/agent.ts';
import { diskState } from '../schemas/disk.ts';
import { hiveEvent } from '../schemas/event.ts';
import { turnOutcome } from '../schemas/harness.ts';
import { storedText } from '../schemas/message.ts';
import { serviceStatus } from '../schemas/service.ts';
import { agentOperations } from './agent.ts';
import { egressOperations } from './egress.ts';
import { gatewayOperations } from './gateway.ts';
import { holdOperations } from './holds.ts';
import { operatorMail } from './operator-mail.ts';
import { operatorSetup } from './operator-setup.ts';
import { projectOperations } from './projects.ts';
import { moneyOperations } from './money.ts';
import { sessionOperations } from './sessions.ts';
import { statsOperations } from './stats.ts';
import { terminalOperations } from './terminals.ts';
import { toldOperations } from './told.ts';
import { transcriptOperations } from './transcripts.ts';

const byName = z.strictObject({ name: agentName });
const acted = z.strictObject({ agent: agentView });

/** Who answers the calls of agents that use one provider. */
const answererView = z.strictObject({
  name: answererName.or(z.literal('none')),
  hasKey: z.boolean(),
  /** Set while the provider refuses the key: the status of its answer, and since when. */
  refused: z.strictObject({ status: z.int(), since: epochMs }).nullable(),
});

export const hiveStatus = z.strictObject({
  hiveId: z.string(),
  version: z.string(),
  boot: z.string(),
  pid: z.int(),
  /** The directory of its files. A hived of an older build omits it. */
  root: z.string().optional(),
  startedAt: epochMs,
  ready: z.boolean(),
  engine: z.strictObject({ ok: z.boolean(), version: z.string().nullable(), reason: z.string().nullable() }),
  services: z.array(serviceStatus),
  /** The page's URL, for people. */
  dashboardUrl: z.string(),
  /**
   * Who answers the calls of agents that use the hive's default provider: `none` without a key, unless the demo model
   * was requested.
   */
  provider: answererView,
  /** The provider of agents whose spec names none. A hived of an older build omits this field and the next. */
  defaultProvider: providerName.optional(),
  /** The same for every provider that an agent uses or that has a key, by the provider's name. */
  providers: z.record(providerName, answererView).optional(),
  agents: z.int(),
  lastSeq: z.int(),
  rssBytes: z.int(),
  disk: diskState,
});

export const turnView = z.strictObject({
  id: rowId,
  agent: agentName,
  generation: z.int(),
  startedAt: epochMs,
  endedAt: epochMs.nullable(),
  outcome: turnOutcome.or(z.literal('lost')).nullable(),
  reason: z.string().nullable(),
  text: z.string(),
  toolCalls: z.int(),
  usage: usageSum,
  messages: z.array(rowId),
});

/** Every operation of hived except those of hivectl alone (admin.ts) and of the gateway (services.ts). */
export const operatorOperations = {
  ...agentOperations,
  ...holdOperations,
  ...operatorMail,
  ...operatorSetup,
  ...egressOperations,
  ...gatewayOperations,
  ...moneyOperations,
  ...statsOperations,
  ...projectOperations,
  ...terminalOperations,
  ...sessionOperations,
  ...toldOperations,
  ...transcriptOperations,
  status: op({
    name: 'status',
    audiences: ['operator'],
    method: 'GET',
    path: '/status',
    summary: 'The hive, its engine and its services.',
    input: z.strictObject({}),
    output: hiveStatus,
    errors: [],
  }),
  listAgents: op({
    name: 'listAgents',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents',
    summary: 'Every agent, or those named: state, what it does now, tokens, money, mail.',
    input: z.strictObject({
      /** At most 50 names, separated by commas; names that no agent has are omitted from the answer. */
      names: z
        .string()
        .refine((list) => list.split(',').length <= 50, { error: 'names at most 50 agents' })
        .optional(),
    }),
    output: z.strictObject({ agents: z.array(agentView), lastSeq: z.int() }),
    errors: [],
  }),
  getAgent: op({
    name: 'getAgent',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name',
    summary: 'One agent.',
    input: byName,
    output: acted,
    errors: ['unknown_agent'],
  }),
  createAgent: op({
    name: 'createAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents',
    summary: 'Declare a new agent and start its box.',
    input: z.strictObject({
      name: agentName,
      parent: agentName.optional(),
      spec: agentSpecInput.optional(),
      /** False leaves it stopped. */
      start: z.boolean().default(true),
    }),
    output: acted,
    errors: [
      'forbidden',
      'duplicate_agent',
      'unknown_agent',
      'unknown_provider',
      'unknown_project',
      'image_missing',
      'cli_missing',
      'storage_unavailable',
    ],
  }),
  changeAgent: op({
    name: 'changeAgent',
    audiences: ['operator'],
    method: 'PUT',
    path: '/agents/:name/spec',
    summary:
      'Change what an agent is declared with: from its next turn on, or from its next box (then it is outdated). `changed` names the fields that are other now.',
    input: z.strictObject({ name: agentName, spec: agentSpecInput }),
    output: z.strictObject({ agent: agentView, changed: z.array(z.string()) }),
    errors: [
      'forbidden',
      'unknown_agent',
      'unknown_provider',
      'unknown_project',
      'busy',
      'image_missing',
      'cli_missing',
      'storage_unavailable',
    ],
  }),
  startAgent: op({
    name: 'startAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/start',
    summary: 'Declare it running.',
    input: byName,
    output: acted,
    errors: [
      'unknown_agent',
      'wrong_state',
      'engine_unavailable',
      'image_missing',
      'cli_missing',
      'storage_unavailable',
    ],
  }),
  stopAgent: op({
    name: 'stopAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/stop',
    summary: 'Declare it stopped: the box ends, files and mail stay.',
    input: byName,
    output: acted,
    errors: ['unknown_agent', 'wrong_state', 'engine_unavailable'],
  }),
  restartAgent: op({
    name: 'restartAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/restart',
    summary: 'Stop and start the box of the same generation.',
    input: byName,
    output: acted,
    errors: ['unknown_agent', 'wrong_state', 'engine_unavailable', 'image_missing', 'cli_missing'],
  }),
  rebuildAgent: op({
    name: 'rebuildAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/rebuild',
    summary: 'Make the next generation of the box; files, mailbox and session stay.',
    input: z.strictObject({ name: agentName, reason: storedText.max(500).optional() }),
    output: acted,
    errors: ['unknown_agent', 'wrong_state', 'engine_unavailable', 'image_missing', 'cli_missing'],
  }),
  rebuildAll: op({
    name: 'rebuildAll',
    audiences: ['operator'],
    method: 'POST',
    path: '/rebuild-all',
    summary:
      'Rebuild the running agents (with agents: those of them), the manager first, each when its turn is over (with now: at once); goes on by itself. Agents whose CLI is not in the toolchain are left alone (withoutCli).',
    input: z.strictObject({
      reason: storedText.max(500).optional(),
      now: z.boolean().optional(),
      agents: z.array(agentName).min(1).max(10_000).optional(),
    }),
    output: z.strictObject({ agents: z.array(agentName), withoutCli: z.array(agentWithoutCli) }),
    errors: ['unknown_agent', 'busy', 'engine_unavailable', 'image_missing'],
  }),
  interruptAgent: op({
    name: 'interruptAgent',
    audiences: ['operator'],
    method: 'POST',
    path: '/agents/:name/interrupt',
    summary: 'Stop the running turn; its messages are put back, or withdrawn with drop.',
    input: z.strictObject({ name: agentName, drop: z.boolean().optional() }),
    output: acted,
    errors: ['unknown_agent', 'wrong_state'],
  }),
  destroyAgent: op({
    name: 'destroyAgent',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/agents/:name',
    summary: 'Remove the box and the agent. Its files go into an archive unless purge repeats its name.',
    input: z.strictObject({ name: agentName, purge: z.string().optional() }),
    output: z.strictObject({ name: agentName, archive: z.string().nullable() }),
    errors: ['unknown_agent', 'wrong_state', 'name_mismatch', 'engine_unavailable', 'forbidden'],
  }),
  agentLogs: op({
    name: 'agentLogs',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/logs',
    summary: "The newest lines that the box's harness printed.",
    input: z.strictObject({ name: agentName, lines: queryInt.default(200) }),
    output: z.strictObject({ lines: z.array(z.strictObject({ at: epochMs.nullable(), text: z.string() })) }),
    errors: ['unknown_agent', 'engine_unavailable'],
  }),
  listTurns: op({
    name: 'listTurns',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/turns',
    summary: "An agent's turns, newest first.",
    input: z.strictObject({ name: agentName, before: queryInt.optional(), limit: queryInt.default(50) }),
    output: z.strictObject({ turns: z.array(turnView) }),
    errors: ['unknown_agent'],
  }),

  listEvents: op({
    name: 'listEvents',
    audiences: ['operator'],
    method: 'GET',
    path: '/events',
    summary: 'A page of the event log: after a sequence number upwards, or the newest before one.',
    input: z.strictObject({
      after: queryInt.optional(),
      before: queryInt.optional(),
      agent: agentName.optional(),
      /** Comma-separated kinds; `turn.*` matches all kinds of a family. */
      kinds: z.string().max(500).optional(),
      limit: queryInt.default(200),
    }),
    output: z.strictObject({
      events: z.array(hiveEvent),
      lastSeq: z.int(),
      /** With `after`: the position up to which the log was searched; pass it as `after` to continue. */
      upTo: z.int().optional(),
      /**
       * Otherwise: the position back to which the log was searched; pass it as `before` to continue. 0: to its
       * beginning.
       */
      downTo: z.int().optional(),
    }),
    errors: [],
  }),
  followEvents: op({
    name: 'followEvents',
    audiences: ['operator'],
    method: 'GET',
    path: '/events/stream',
    summary: 'The event log as it grows (SSE). Starts after Last-Event-ID or `after`, else now.',
    input: z.strictObject({
      after: queryInt.optional(),
      agent: agentName.optional(),
      kinds: z.string().max(500).optional(),
    }),
    output: hiveEvent,
    errors: [],
    stream: true,
  }),

  redeemLink: op({
    name: 'redeemLink',
    audiences: ['dashboard'],
    method: 'POST',
    path: '/sign-in',
    summary: 'Turn a one-time link into a session.',
    input: z.strictObject({ token: z.string().min(1).max(200) }),
    output: z.strictObject({ session: z.string(), expiresAt: epochMs }),
    errors: ['link_used'],
    takesSecret: true,
  }),
  checkSession: op({
    name: 'checkSession',
    audiences: ['dashboard'],
    method: 'POST',
    path: '/sessions/check',
    summary: 'Is this session cookie good?',
    input: z.strictObject({ session: z.string().min(1).max(200) }),
    output: z.strictObject({ expiresAt: epochMs }),
    errors: ['unauthenticated'],
    takesSecret: true,
  }),
  signOut: op({
    name: 'signOut',
    audiences: ['dashboard'],
    method: 'POST',
    path: '/sessions/end',
    summary: 'End a session.',
    input: z.strictObject({ session: z.string().min(1).max(200) }),
    output: z.strictObject({ ended: z.boolean() }),
    errors: [],
    takesSecret: true,
  }),
} as const;

/** The operator's operations, on the dashboard and in hivectl. */
export const operatorSurface = surfaceFor(operatorOperations, 'operator');

/** What the dashboard's socket serves: the operator's operations, and sign-ins for the dashboard itself. */
export const dashboardSurface = surfaceFor(operatorOperations, 'operator', 'dashboard');
