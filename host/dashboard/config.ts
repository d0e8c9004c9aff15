import * as z from 'zod';

const environment = z.object({
  HIVE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});

/** The dashboard's settings from its environment. All other settings arrive over hived's control pipe. */
export interface Environment {
  readonly logLevel: z.infer<typeof environment>['HIVE_LOG_LEVEL'];
}

/** Reads the environment; the only place in this zone that does. Throws a ZodError that names the invalid variable. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return Object.freeze({ logLevel: environment.parse(env).HIVE_LOG_LEVEL });
}

/** How long a valid session is cached; also the longest that a session stays usable after hived ended it. */
export const SESSION_CACHE_MS = 5_000;
/** How often the session of an open event stream is checked again. */
export const STREAM_RECHECK_MS = 15_000;
/** Connection pools for calls to hived and to the forge. Streams have a pool of their own, so that they never delay a call. */
export const CALL_CONNECTIONS = 64;
export const FORGE_CONNECTIONS = 4;
/** Requests with tokens of the forge that are passed on at once; the forge accepts twice as many. */
export const TOKEN_CONNECTIONS = 64;
/** Limits of open event streams, per session and in total. The tabs of a browser share a stream; without Web Locks each has one. */
export const STREAMS_PER_SESSION = 16;
export const MAX_STREAMS = 256;
/** The largest request body except for files (see wire/file-turns.ts): fits a 64 KiB message with every character escaped. */
export const MAX_REQUEST_BYTES = 512 * 1024;
/** How long running requests may take to finish after SIGTERM (STOP) or after hived died (ORPHAN). */
export const STOP_DRAIN_MS = 5_000;
export const ORPHAN_DRAIN_MS = 60_000;
/** How often idle connections are closed during shutdown. */
export const SWEEP_MS = 50;
