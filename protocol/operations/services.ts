import * as z from 'zod';
import { egressCaller, egressHost } from '../egress.ts';
import { agentName, queryInt, rowId, uuid } from '../names.ts';
import { op, surfaceFor } from '../op.ts';
import { connectionStart, egressRecord } from '../schemas/egress.ts';
import { loginReport } from '../schemas/login.ts';
import { forgeFact } from '../schemas/forge-fact.ts';
import {
  budgetStop,
  callStart,
  entryReport,
  keyReport,
  limitReport,
  momentReport,
  providerTest,
  usageRecord,
} from '../schemas/service.ts';
import { billReport } from '../schemas/bill.ts';
import { checkJobs, checkOperations } from './checks.ts';
import { forgeTokenOperations } from './forge-tokens.ts';
import { browseOperations } from './browse.ts';
import { mirrorOperations } from './mirrors.ts';
import { declaredOperations } from './declared.ts';
import { pullOperations } from './pulls.ts';
import { repoOperations } from './repos.ts';
import { statusOperations } from './statuses.ts';
import { webhookOperations } from './webhooks.ts';
import { upkeepOperations } from './upkeep.ts';

/**
 * The gateway's reports to hived: the cost of calls, the limits of providers, and whether providers accept their keys.
 */
export const gatewayReports = {
  reportUsage: op({
    name: 'reportUsage',
    audiences: ['gateway'],
    method: 'POST',
    path: '/usage',
    summary: 'Record calls to models: those that begin, and those that are over. One sent again (same id) counts once.',
    input: z.strictObject({
      /**
       * The instance of the gateway that serves the started calls: they are lost with it. A gateway of an older build
       * sends neither an instance nor started calls.
       */
      instance: uuid.optional(),
      started: z.array(callStart).max(500).default([]),
      records: z.array(usageRecord).max(500),
    }),
    output: z.strictObject({ stored: z.int() }),
    errors: ['storage_unavailable'],
  }),
  reportKey: op({
    name: 'reportKey',
    audiences: ['gateway'],
    method: 'POST',
    path: '/key',
    summary: 'Say that the provider refuses the key, or takes it again. The newest word holds.',
    input: keyReport,
    output: z.strictObject({}),
    errors: ['storage_unavailable'],
  }),
  reportLogin: op({
    name: 'reportLogin',
    audiences: ['gateway'],
    method: 'POST',
    path: '/login',
    summary:
      "Say that a login's refresh token is about to be used, store the tokens that came for it, or say that it has ended. Answered when it is on disk; said again, it counts once.",
    input: z.strictObject({ report: loginReport }),
    output: z.strictObject({}),
    errors: ['not_found', 'wrong_state', 'storage_unavailable'],
    takesSecret: true,
  }),
  reportLimit: op({
    name: 'reportLimit',
    audiences: ['gateway'],
    method: 'POST',
    path: '/limit',
    summary: 'Say that a provider limits an agent, and until when. Told before the agent has the answer.',
    input: limitReport,
    output: z.strictObject({}),
    errors: ['storage_unavailable'],
  }),
  reportConnections: op({
    name: 'reportConnections',
    audiences: ['gateway'],
    method: 'POST',
    path: '/connections',
    summary:
      'Record connections of agents, and of the hive itself, to hosts outside: those that were made, ended, or refused. One sent again (same id) counts once.',
    input: z.strictObject({
      /** As in `reportUsage`: connections that were made end with this instance of the gateway. */
      instance: uuid.optional(),
      started: z.array(connectionStart).max(500).default([]),
      records: z.array(egressRecord).max(500),
    }),
    output: z.strictObject({ stored: z.int() }),
    errors: ['storage_unavailable'],
  }),
  reportTraffic: op({
    name: 'reportTraffic',
    audiences: ['gateway'],
    method: 'POST',
    path: '/traffic',
    summary:
      'Say how many bytes agents exchanged with hosts outside since this instance of the gateway started. Sums: one sent again, or late, counts once. Answers which of these agents have used a quota up, by whatever instance.',
    input: z.strictObject({
      instance: uuid,
      agents: z.array(z.strictObject({ agent: egressCaller, bytes: z.int().nonnegative() })).max(10_000),
    }),
    output: z.strictObject({ usedUp: z.array(z.strictObject({ agent: egressCaller, words: z.string() })) }),
    errors: ['storage_unavailable'],
  }),
  reportBudgetStop: op({
    name: 'reportBudgetStop',
    audiences: ['gateway'],
    method: 'POST',
    path: '/budget-stop',
    summary: 'Say that a budget stopped a call of an agent. Told before the agent has the answer.',
    input: budgetStop,
    output: z.strictObject({}),
    errors: ['storage_unavailable'],
  }),
  askEgress: op({
    name: 'askEgress',
    audiences: ['gateway'],
    method: 'POST',
    path: '/egress-asks',
    summary: 'Ask the operator whether an agent may reach a host that no rule is about.',
    input: z.strictObject({
      agent: agentName,
      host: egressHost,
      port: z.int().min(1).max(65_535),
      kind: z.enum(['tunnel', 'plain']),
    }),
    /** `approval`: null when the operator is not asked. `waitMs`: how long the request should wait for an answer. */
    output: z.strictObject({ approval: rowId.nullable(), waitMs: z.int().nonnegative() }),
    errors: ['storage_unavailable'],
  }),
  reportEntries: op({
    name: 'reportEntries',
    audiences: ['gateway'],
    method: 'POST',
    path: '/entries',
    summary: 'Report the states of the entries that an `entries` line asked about.',
    input: entryReport,
    output: z.strictObject({}),
    errors: [],
  }),
  reportMoment: op({
    name: 'reportMoment',
    audiences: ['gateway'],
    method: 'POST',
    path: '/moment',
    summary: 'Report what the gateway does now, for a `moment` line.',
    input: momentReport,
    output: z.strictObject({}),
    errors: [],
  }),
  reportBill: op({
    name: 'reportBill',
    audiences: ['gateway'],
    method: 'POST',
    path: '/bill',
    summary: 'Report what a provider says that it counted, which a `bill` line asked for.',
    input: billReport,
    output: z.strictObject({}),
    errors: [],
  }),
  reportTest: op({
    name: 'reportTest',
    audiences: ['gateway'],
    method: 'POST',
    path: '/test',
    summary: 'Report the result of the call that a `test` line asked for.',
    input: z.strictObject({ id: uuid, result: providerTest }),
    output: z.strictObject({}),
    errors: [],
  }),
} as const;

/** hived's surface for the gateway (gateway.sock). */
export const gatewayReportSurface = surfaceFor(gatewayReports, 'gateway');

/** Every operation of the forge. */
export const forgeOperations = {
  ...repoOperations,
  ...browseOperations,
  ...pullOperations,
  ...checkOperations,
  ...checkJobs,
  ...declaredOperations,
  ...statusOperations,
  ...forgeTokenOperations,
  ...upkeepOperations,
  ...mirrorOperations,
  ...webhookOperations,
  listFacts: op({
    name: 'listFacts',
    audiences: ['hived'],
    method: 'GET',
    path: '/api/facts',
    summary: 'What happened since fact `after`, in order; waits up to waitMs when there is nothing yet.',
    input: z.strictObject({ after: queryInt, waitMs: queryInt.default(0) }),
    output: z.strictObject({ facts: z.array(forgeFact) }),
    errors: [],
  }),
} as const;

/** The forge's surface for hivectl, the dashboard and hived (forge.sock): the operator's rights. */
export const forgeSurface = surfaceFor(forgeOperations, 'operator', 'admin', 'hived');
