import type * as z from 'zod';
import type { Op } from '../protocol/op.ts';

/**
 * Parses an answer as its operation declares it. Fields that the caller's build does not know are dropped: a box that a
 * newer hived took over still runs the harness of its own build. Throws a ZodError for everything else that differs.
 */
export function parseAnswer(op: Op, answer: unknown): unknown {
  const read = op.output.safeParse(answer);
  if (read.success) return read.data;
  for (const issue of read.error.issues) if (issue.code === 'unrecognized_keys') dropKeys(answer, issue);
  return op.output.parse(answer);
}

function dropKeys(answer: unknown, { path, keys }: z.core.$ZodIssueUnrecognizedKeys): void {
  const place = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], answer);
  for (const key of keys) delete (place as Record<string, unknown>)[key];
}
