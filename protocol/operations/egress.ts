import * as z from 'zod';
import { egressCaller, egressMethod, egressSubject, egressTarget, egressTerm } from '../egress.ts';
import { injectionInput, injectionView } from '../injections.ts';
import { queryInt } from '../names.ts';
import { op } from '../op.ts';
import {
  approvalAnswer,
  approvalView,
  connectionView,
  egressQuotaView,
  egressRuleView,
  quotaBytes,
  quotaPeriod,
  quotaStateView,
} from '../schemas/egress.ts';

const changed = z.strictObject({ rule: egressRuleView });

/** The operator's rules for hosts that agents may reach, and the record of what they reached (docs/gateway.md). */
export const egressOperations = {
  listEgress: op({
    name: 'listEgress',
    audiences: ['operator'],
    method: 'GET',
    path: '/egress/rules',
    summary:
      'Every rule about hosts that agents may reach, the hosts of each preset, and quotas with what is used of them.',
    input: z.strictObject({}),
    output: z.strictObject({
      rules: z.array(egressRuleView),
      presets: z.array(z.strictObject({ name: z.string(), hosts: z.array(z.string()) })),
      quotas: z.array(egressQuotaView),
      /** Secrets that the gateway adds to requests, without their values. */
      injections: z.array(injectionView),
      /** For each agent the quotas that hold for it, those of config.yaml too. */
      traffic: z.array(quotaStateView),
    }),
    errors: [],
  }),
  allowEgress: op({
    name: 'allowEgress',
    audiences: ['operator'],
    method: 'POST',
    path: '/egress/allow',
    summary:
      'Let an agent, or all agents with a role, reach a host or the hosts of a preset. Replaces a rule with the same subject and target.',
    input: z.strictObject({
      subject: egressSubject,
      target: egressTarget,
      term: egressTerm.default('always'),
      /** For plain HTTP; all when left out. */
      methods: z.array(egressMethod).min(1).max(egressMethod.options.length).optional(),
      /** Where the host is, instead of what its name resolves to; the only way to a private address. */
      address: z.union([z.ipv4(), z.ipv6()], { error: 'the address is an IPv4 or IPv6 address' }).optional(),
    }),
    output: changed,
    errors: ['unknown_agent', 'storage_unavailable'],
    repeatable: true,
  }),
  denyEgress: op({
    name: 'denyEgress',
    audiences: ['operator'],
    method: 'POST',
    path: '/egress/deny',
    summary:
      'Keep an agent, or all agents with a role, from a host, whatever else allows it. Replaces a rule with the same subject and target.',
    input: z.strictObject({
      subject: egressSubject,
      target: egressTarget,
      term: egressTerm.exclude(['once']).default('always'),
    }),
    output: changed,
    errors: ['unknown_agent', 'storage_unavailable'],
    repeatable: true,
  }),
  removeEgress: op({
    name: 'removeEgress',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/egress/rules/:id',
    summary: 'Remove a rule about a host.',
    input: z.strictObject({ id: z.coerce.number<number | string>().int().positive() }),
    output: changed,
    errors: ['not_found', 'storage_unavailable'],
  }),
  setEgressQuota: op({
    name: 'setEgressQuota',
    audiences: ['operator'],
    method: 'PUT',
    path: '/egress/quotas',
    summary:
      'Limit the bytes that an agent, or each agent with a role, exchanges with hosts outside. Replaces the quota with the same subject and period; null removes it.',
    input: z.strictObject({ subject: egressSubject, per: quotaPeriod, bytes: quotaBytes.nullable() }),
    output: z.strictObject({ quota: egressQuotaView.nullable() }),
    errors: ['unknown_agent', 'not_found', 'storage_unavailable'],
    repeatable: true,
  }),
  injectSecret: op({
    name: 'injectSecret',
    audiences: ['operator'],
    method: 'PUT',
    path: '/egress/injections',
    summary:
      'Have the gateway add a secret as a header to requests of an agent, or of all agents with a role, for a host. Replaces what the same subject has for the host. From the dashboard only for a host that has the secret already.',
    input: injectionInput,
    output: z.strictObject({ injection: injectionView }),
    errors: ['unknown_agent', 'not_found', 'forbidden', 'storage_unavailable'],
    repeatable: true,
  }),
  withdrawSecret: op({
    name: 'withdrawSecret',
    audiences: ['operator'],
    method: 'DELETE',
    path: '/egress/injections/:id',
    summary: 'Stop adding a secret to requests; connections that have it are ended.',
    input: z.strictObject({ id: z.coerce.number<number | string>().int().positive() }),
    output: z.strictObject({ injection: injectionView }),
    errors: ['not_found', 'storage_unavailable'],
  }),
  listApprovals: op({
    name: 'listApprovals',
    audiences: ['operator'],
    method: 'GET',
    path: '/approvals',
    summary: 'Hosts that agents asked for and that wait for an answer, the oldest first.',
    input: z.strictObject({}),
    output: z.strictObject({ approvals: z.array(approvalView) }),
    errors: [],
  }),
  answerApproval: op({
    name: 'answerApproval',
    audiences: ['operator'],
    method: 'POST',
    path: '/approvals/:id/answer',
    summary:
      'Answer an agent that asked for a host: makes a rule, or (no) keeps the agent from the host until its turn ends.',
    input: z.strictObject({ id: z.coerce.number<number | string>().int().positive(), answer: approvalAnswer }),
    output: changed,
    errors: ['not_found', 'storage_unavailable'],
  }),
  listConnections: op({
    name: 'listConnections',
    audiences: ['operator'],
    method: 'GET',
    path: '/egress/connections',
    summary: 'Connections of agents, and of the hive itself, to hosts outside, refused ones too, the newest first.',
    input: z.strictObject({
      agent: egressCaller.optional(),
      before: queryInt.optional(),
      limit: queryInt.default(100),
    }),
    output: z.strictObject({ connections: z.array(connectionView) }),
    errors: ['unknown_agent'],
  }),
} as const;
