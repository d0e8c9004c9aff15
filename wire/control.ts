import { createInterface } from 'node:readline';
import type { z } from 'zod';

/**
 * A service's side of hived's control pipe: JSON Lines on stdin, each parsed with `schema`.
 *
 * Lines are handled one after another. `onEnd` is called once when hived closes the pipe or dies:
 * the service should finish what is under way and exit. A line that does not fit is a bug of
 * hived's and ends the service (its supervisor starts it again and says so).
 */
export function readControl<S extends z.ZodType>(
  schema: S,
  handlers: { onLine: (line: z.output<S>) => Promise<void> | void; onEnd: () => void },
): void {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  let last: Promise<void> = Promise.resolve();
  // hived's death breaks these pipes too; what is still to be logged while draining goes nowhere.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const fail = (error: unknown) => {
    process.stderr.write(`control line refused: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(70);
  };
  lines.on('line', (line) => {
    last = last.then(() => handlers.onLine(schema.parse(JSON.parse(line)))).catch(fail);
  });
  lines.once('close', () => {
    void last.then(() => handlers.onEnd());
  });
}

/** Tells hived that this service listens. */
export function announceReady(): void {
  process.stdout.write('{"ready":true}\n');
}
