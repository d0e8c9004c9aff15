import * as z from 'zod';
import { egressCaller, egressHost, egressMethod, egressSubject, egressTerm, egressVerdict } from '../egress.ts';
import { agentName, epochMs, rowId, uuid } from '../names.ts';
import { LEAST_QUOTA, MOST_QUOTA } from '../quota-words.ts';

/** `failed`: allowed, but the host could not be reached. */
export const connectionVerdict = z.enum(['allowed', 'refused', 'failed']);

const beginning = z.strictObject({
  agent: egressCaller,
  kind: z.enum(['tunnel', 'plain']),
  /** Empty when the request named none. */
  host: z.string().max(300),
  port: z.int().min(0).max(65_535),
  /** The HTTP method; CONNECT for tunnels. */
  method: z.string().max(40),
  /** The rule that allowed it. */
  rule: rowId.nullable(),
  startedAt: epochMs,
});

const connection = beginning.extend({
  verdict: connectionVerdict,
  /** The code of the refusal or failure; null for an ordinary end. */
  why: z.string().max(40).nullable(),
  /** From the box, and to it; what is sent inside a tunnel is encrypted. */
  bytesUp: z.int().nonnegative(),
  bytesDown: z.int().nonnegative(),
  endedAt: epochMs,
  /** More than 1: as many refusals of the same kind within a second. */
  count: z.int().positive(),
});

/** A connection that was made. Its end is an egressRecord with the same id. */
export const connectionStart = beginning.extend({ id: uuid });
export type ConnectionStart = z.infer<typeof connectionStart>;

/** A connection that ended or was refused, as the gateway reports it. `id` makes the report idempotent. */
export const egressRecord = connection.extend({ id: uuid });
export type EgressRecord = z.infer<typeof egressRecord>;

/** A recorded connection. */
export const connectionView = connection.extend({ id: rowId });
export type ConnectionView = z.infer<typeof connectionView>;

/** A rule as the operator made it. */
export const egressRuleView = z.strictObject({
  id: rowId,
  subject: egressSubject,
  /** A preset's name, or `host[:port]`, `*.domain[:port]`. */
  target: z.string(),
  /** What is allowed there: tunnels (TLS) or plain HTTP alone, as the agent asked and the operator approved; null: both. */
  kind: z.enum(['tunnel', 'plain']).nullable(),
  verdict: egressVerdict,
  term: egressTerm,
  methods: z.array(egressMethod).nullable(),
  address: z.string().nullable(),
  createdAt: epochMs,
});
export type EgressRuleView = z.infer<typeof egressRuleView>;

/** The time in which a quota may be used: an hour, a day or a month of the hive's time zone. */
export const quotaPeriod = z.enum(['hour', 'day', 'month']);
export type QuotaPeriod = z.infer<typeof quotaPeriod>;

/** A quota in bytes, in both directions together. */
export const quotaBytes = z.int().min(LEAST_QUOTA).max(MOST_QUOTA);

/** A quota of bytes as the operator set it: each agent that it is about may use all of it. */
export const egressQuotaView = z.strictObject({
  subject: egressSubject,
  per: quotaPeriod,
  bytes: quotaBytes,
  createdAt: epochMs,
});
export type EgressQuotaView = z.infer<typeof egressQuotaView>;

/** A quota that holds for an agent now, with what it used in the present window. */
export const quotaStateView = z.strictObject({
  agent: egressCaller,
  per: quotaPeriod,
  bytes: z.int().positive(),
  /** Bytes that passed in both directions; up to two seconds old. */
  used: z.int().nonnegative(),
  /** When the window ends. */
  until: epochMs,
  /** Whose quota it is: an agent's, a role's, that of all agents (`*`), the hive's own, or that of config.yaml. */
  setFor: z.union([egressSubject, z.literal('config.yaml')]),
});
export type QuotaStateView = z.infer<typeof quotaStateView>;

/** A host that an agent asked for, waiting for the operator or answered. */
export const approvalView = z.strictObject({
  id: rowId,
  agent: agentName,
  host: egressHost,
  port: z.int(),
  kind: z.enum(['tunnel', 'plain']),
  createdAt: epochMs,
  /** Until when the agent's request waits; epoch ms. */
  waitsUntil: epochMs,
});
export type ApprovalView = z.infer<typeof approvalView>;

/** The operator's answer: for the agent (one connection, its turn, always), for all agents, or no. */
export const approvalAnswer = z.enum(['once', 'turn', 'always', 'all', 'no']);
export type ApprovalAnswer = z.infer<typeof approvalAnswer>;
