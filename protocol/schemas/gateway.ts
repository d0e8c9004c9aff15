import * as z from 'zod';
import { usageTotals } from './agent.ts';
import { egressCaller } from '../egress.ts';
import { agentName, epochMs, rowId } from '../names.ts';
import { answererName, keyLabel, providerName } from './provider.ts';

/** The most calls, limits and connections in one report; of more, `open…` and `limits` say how many there are. */
export const MOST_LISTED = 200;

/** A call to a model that has not ended. */
const openCall = z.strictObject({
  agent: agentName,
  /** Who was asked; null while the request is read or waits for a budget. */
  provider: answererName.nullable(),
  /** The model that answers, or as long as none does the one that is asked; null while the request is read. */
  model: z.string().max(200).nullable(),
  /** Of a fallback: whom it stands in for, as `provider/model`. */
  insteadOf: z.string().max(200).nullable(),
  startedAt: epochMs,
  /**
   * What the provider has counted so far; the output of a stream is estimated from its text. An answer in one piece is
   * counted at its end.
   */
  usage: usageTotals,
});
export type OpenCallView = z.infer<typeof openCall>;

/** A limit that holds for all agents on an account. */
const heldAccount = z.strictObject({
  provider: providerName,
  key: keyLabel,
  /** The class of models, or the model, that shares the limit; null for all. */
  models: z.string().max(200).nullable(),
  kind: z.enum(['rate', 'quota', 'overloaded']),
  until: epochMs,
});
export type HeldAccount = z.infer<typeof heldAccount>;

/** A connection of an agent, or of the hive itself, to a host outside that is open. */
const openConnection = z.strictObject({
  agent: egressCaller,
  kind: z.enum(['tunnel', 'plain']),
  host: z.string().max(253),
  port: z.int(),
  /** The rule that allows it. */
  rule: rowId,
  startedAt: epochMs,
  bytesUp: z.int().nonnegative(),
  bytesDown: z.int().nonnegative(),
});
export type OpenConnectionView = z.infer<typeof openConnection>;

/** What the gateway does at one moment. The lists have the oldest entries first. */
export const gatewayMoment = z.strictObject({
  startedAt: epochMs,
  rssBytes: z.int().nonnegative(),
  /** The agents that have a socket here. */
  agents: z.int().nonnegative(),
  /** Those whose box is connected to it, with the number of connections. */
  connected: z.array(z.strictObject({ agent: agentName, connections: z.int().positive() })),
  calls: z.array(openCall).max(MOST_LISTED),
  openCalls: z.int().nonnegative(),
  held: z.array(heldAccount).max(MOST_LISTED),
  limits: z.int().nonnegative(),
  connections: z.array(openConnection).max(MOST_LISTED),
  openConnections: z.int().nonnegative(),
});
export type GatewayMoment = z.infer<typeof gatewayMoment>;
