import type { ServerResponse } from 'node:http';
import { createSlots } from '../system/slots.ts';

/** The largest body of an operation that carries a file: 10 MiB in base64, plus the fields around it. */
export const FILE_BODY_BYTES = 14 * 1024 * 1024;

/**
 * Admits one call with a file per caller at a time, until its answer has been sent: neither many uploads nor answers
 * that nobody reads can fill the server's memory. Further bodies wait in their sockets.
 */
export function createFileTurns(): (caller: unknown, response: ServerResponse) => Promise<void> {
  const turns = createSlots<unknown>({ perCaller: 1 });
  return async (caller, response) => {
    // Also when it closes while it waits for its turn.
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const release = await turns.take(caller);
    void closed.then(release);
  };
}
