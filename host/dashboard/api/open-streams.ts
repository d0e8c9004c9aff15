import { HiveError } from '../../../protocol/errors.ts';

/** A registry of the open event streams by session. */
export interface OpenStreams {
  /**
   * Registers a stream. `signal` is aborted when the session ends; `close` removes the stream from the count.
   * Throws `too_many_streams` when the session or the whole dashboard is at its limit.
   */
  open(session: string): { readonly signal: AbortSignal; close(): void };
  /** Ends every stream of a session that was signed out or that hived no longer knows. */
  end(session: string): void;
}

/** Makes the registry. The total limit equals the connection pool for streams, so no stream waits for a connection to hived. */
export function createOpenStreams(limits: { perSession: number; all: number }): OpenStreams {
  const bySession = new Map<string, Set<AbortController>>();
  let count = 0;

  return {
    open(session) {
      const streams = bySession.get(session) ?? new Set();
      if (streams.size >= limits.perSession || count >= limits.all) throw new HiveError('too_many_streams');
      const controller = new AbortController();
      streams.add(controller);
      bySession.set(session, streams);
      count += 1;
      return {
        signal: controller.signal,
        close() {
          if (!streams.delete(controller)) return;
          count -= 1;
          if (streams.size === 0) bySession.delete(session);
        },
      };
    },
    end(session) {
      for (const controller of bySession.get(session) ?? []) controller.abort();
    },
  };
}
