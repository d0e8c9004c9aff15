import type { ServerResponse } from 'node:http';

/** The largest body of an operation that carries a file: 10 MiB in base64, and what stands around it. */
export const FILE_BODY_BYTES = 14 * 1024 * 1024;

/**
 * Gives each caller one call with a file at a time, until its answer has gone out: neither many uploads nor
 * answers that nobody fetches can fill the server's memory. What the others send stays in their sockets.
 */
export function createFileTurns(): (caller: unknown, response: ServerResponse) => Promise<void> {
  const last = new Map<unknown, Promise<void>>();
  return async (caller, response) => {
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const before = last.get(caller);
    const own = waitForBoth(before, closed).finally(() => {
      if (last.get(caller) === own) last.delete(caller);
    });
    last.set(caller, own);
    await before;
  };
}

async function waitForBoth(before: Promise<void> | undefined, closed: Promise<void>): Promise<void> {
  await before;
  await closed;
}
