import { z } from 'zod';

const environment = z.object({
  HIVE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});

/** What the dashboard reads from its environment. Everything else comes by hived's control pipe. */
export interface Environment {
  readonly logLevel: z.infer<typeof environment>['HIVE_LOG_LEVEL'];
}

/** Reads the environment; the only place in this zone that does. Throws a ZodError naming what does not fit. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return Object.freeze({ logLevel: environment.parse(env).HIVE_LOG_LEVEL });
}

/** How long an answer of hived's about a session is believed; also the longest a session outlives its end. */
export const SESSION_BELIEVED_MS = 5_000;
/** How often the session behind an open event stream is asked about again. */
export const STREAM_RECHECK_MS = 15_000;
/** Connections to hived for calls, and to the forge. Streams have their own, so that no number of them delays a call. */
export const CALL_CONNECTIONS = 64;
export const FORGE_CONNECTIONS = 4;
/** Open event streams: of one session (the tabs of a browser share one; a browser without Web Locks has one a tab), and of all. */
export const STREAMS_PER_SESSION = 16;
export const MOST_STREAMS = 256;
/** The largest request body but a file's (wire/file-turns.ts has that): a message of 64 KiB with every character escaped fits. */
export const MAX_REQUEST_BYTES = 512 * 1024;
/** How long requests under way may take once hived told us to stop, or died. */
export const STOP_DRAIN_MS = 5_000;
export const ORPHAN_DRAIN_MS = 60_000;
/** How often connections that became idle are closed while stopping. */
export const SWEEP_MS = 50;
