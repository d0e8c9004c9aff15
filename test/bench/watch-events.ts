import type { AgentName } from '../../protocol/names.ts';
import type { adminSurface } from '../../protocol/operations/admin.ts';
import type { EventKind, HiveEvent } from '../../protocol/schemas/event.ts';
import type { SurfaceClient } from '../../wire/client.ts';

/** A pending wait for an event. */
interface Wanted {
  readonly kind: EventKind;
  readonly agent: AgentName;
  readonly found: (event: HiveEvent) => void;
}

/** The live event stream, as an operator sees it. */
export interface EventWatch {
  /** Starts waiting at once; resolves with the event and its arrival time (`performance.now()`). */
  next(kind: EventKind, agent: AgentName): Promise<{ event: HiveEvent; at: number }>;
}

const PATIENCE_MS = 60_000;

/** Follows the log from its beginning, until the signal fires. */
export async function watchEvents(admin: SurfaceClient<typeof adminSurface>, signal: AbortSignal): Promise<EventWatch> {
  const wanted = new Set<Wanted>();
  const follow = async () => {
    for await (const event of admin.stream('followEvents', { after: 0 }, { signal, timeoutMs: PATIENCE_MS }))
      for (const one of wanted) if (one.kind === event.kind && one.agent === event.agent) one.found(event);
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    next: (kind, agent) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          wanted.delete(one);
          reject(new Error(`waited ${PATIENCE_MS} ms for ${kind} of ${agent}`));
        }, PATIENCE_MS);
        const one: Wanted = {
          kind,
          agent,
          found(event) {
            clearTimeout(timer);
            wanted.delete(one);
            resolve({ event, at: performance.now() });
          },
        };
        wanted.add(one);
      }),
  };
}
