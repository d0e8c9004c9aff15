import * as z from 'zod';

/** The gateway's environment. All other settings come over the control pipe. */
const environment = z.object({
  /** The least severe log level that is written. */
  HIVE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export interface GatewayConfig {
  readonly logLevel: z.infer<typeof environment>['HIVE_LOG_LEVEL'];
  readonly limits: GatewayLimits;
}

/** How long things may take (milliseconds), how many there may be, and how large. */
export interface GatewayLimits {
  /** Deadline for a request's headers; slower boxes get 408. */
  readonly headersMs: number;
  /** Deadline for a whole request. */
  readonly requestMs: number;
  /** An idle connection of a box is kept this long. */
  readonly keepAliveMs: number;
  /** Connections of one agent at once; more are closed. */
  readonly connectionsPerAgent: number;
  /** The largest request the demo model reads: it takes it to pieces. */
  readonly demoBodyBytes: number;
  /** Deadline for the connection to the provider. */
  readonly connectMs: number;
  /** Deadline for the beginning of the provider's answer (a long answer without streaming takes minutes). */
  readonly answerMs: number;
  /**
   * The same while a fallback could answer. Shorter: a client gives up after ten minutes, and the fallback needs its part
   * of them. A stream begins before its text is written, other answers only when all of it is.
   */
  readonly streamOrFallbackMs: number;
  readonly wholeOrFallbackMs: number;
  /** The longest silence within a provider's answer (streams carry pings). */
  readonly silenceMs: number;
  /** How long a request waits for hived's first line about keys before the demo model may answer it. */
  readonly firstWordMs: number;
  /** How long an answer that reports a limit is delayed until hived knows of it. */
  readonly limitReportMs: number;
  /** How long a call waits until hived has stored that it begins; then it is refused. */
  readonly recordMs: number;
  /** How long a call waits while other calls have reserved what is left of its budget. */
  readonly budgetHoldMs: number;
  /** Reports kept while hived is down; beyond, the oldest are dropped. */
  readonly reports: number;
  /** How long running calls may take after hived died, and after SIGTERM. */
  readonly drainMs: number;
  readonly stopMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = Object.freeze({
  headersMs: 15_000,
  requestMs: 120_000,
  keepAliveMs: 75_000,
  connectionsPerAgent: 32,
  demoBodyBytes: 8 * 1024 * 1024,
  connectMs: 10_000,
  answerMs: 600_000,
  streamOrFallbackMs: 120_000,
  wholeOrFallbackMs: 300_000,
  silenceMs: 300_000,
  firstWordMs: 1_000,
  limitReportMs: 2_000,
  recordMs: 10_000,
  budgetHoldMs: 30_000,
  reports: 10_000,
  drainMs: 60_000,
  stopMs: 5_000,
});

/** Reads the environment once. Throws a ZodError that names the variable. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const { HIVE_LOG_LEVEL } = environment.parse(env);
  return Object.freeze({ logLevel: HIVE_LOG_LEVEL, limits: DEFAULT_LIMITS });
}
