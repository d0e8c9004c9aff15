import { HiveError } from '../../../protocol/errors.ts';

/** The event streams that are open, by session. */
export interface OpenStreams {
  /**
   * Counts one more. Its signal fires when the session is ended; `close` gives the place back.
   * Throws `too_many_streams` when the session, or the dashboard, has as many as it may.
   */
  open(session: string): { readonly signal: AbortSignal; close(): void };
  /** Ends every stream of a session: it was signed out, or hived does not know it any more. */
  end(session: string): void;
}

/** A registry with a cap for each session and one for all, so that nobody waits for a connection to hived. */
export function createOpenStreams(most: { perSession: number; all: number }): OpenStreams {
  const bySession = new Map<string, Set<AbortController>>();
  let count = 0;

  return {
    open(session) {
      const streams = bySession.get(session) ?? new Set();
      if (streams.size >= most.perSession || count >= most.all) throw new HiveError('too_many_streams');
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
