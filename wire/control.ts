import type * as z from 'zod';
import { readLines } from '../system/text/read-lines.ts';

/** hived ends a service that has left 4 MiB of control lines unread; no single line is that long. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * A service's side of hived's control pipe: JSON Lines on stdin, each parsed with `schema`.
 *
 * Lines are handled one after another. `onEnd` is called once when hived closes the pipe or dies: the service should
 * finish its work and exit. An invalid line is a bug of hived's and ends the service (its supervisor restarts and
 * reports it).
 */
export function readControl<S extends z.ZodType>(
  schema: S,
  handlers: { onLine: (line: z.output<S>) => Promise<void> | void; onEnd: () => void },
): void {
  let last: Promise<void> = Promise.resolve();
  // hived's death breaks these pipes too; log lines of the drain are then discarded.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const fail = (error: unknown) => {
    process.stderr.write(`control line refused: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(70);
  };
  readLines(process.stdin, {
    maxBytes: MAX_LINE_BYTES,
    onLong: () => fail(new Error(`it is longer than ${MAX_LINE_BYTES} bytes`)),
    onLine: (line) => {
      last = last.then(() => handlers.onLine(schema.parse(JSON.parse(line)))).catch(fail);
    },
    onEnd: () => void last.then(() => handlers.onEnd()),
  });
}

/** Tells hived that this service listens. */
export function announceReady(): void {
  process.stdout.write('{"ready":true}\n');
}
