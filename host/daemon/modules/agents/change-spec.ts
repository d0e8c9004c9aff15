import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { type AgentSpec, agentSpec, type agentSpecInput } from '../../../../protocol/schemas/agent.ts';
import { refuseLargeTmp } from './box-memory.ts';

/**
 * A spec with some parts given anew, and the names of those that are other than before ("limits.memoryMb").
 * Throws `invalid_input` when memory or /tmp were changed and do not fit together; what was so before is left alone.
 */
export function changeSpec(
  before: AgentSpec,
  given: z.output<typeof agentSpecInput>,
): { spec: AgentSpec; fields: string[] } {
  const defined = (value: object) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
  const spec = agentSpec.parse({
    ...before,
    ...defined(given),
    limits: { ...before.limits, ...defined(given.limits ?? {}) },
  });
  const fields = [
    ...differing(before, spec).filter((field) => field !== 'limits'),
    ...differing(before.limits, spec.limits).map((field) => `limits.${field}`),
  ];
  if (fields.includes('limits.memoryMb') || fields.includes('limits.tmpMb')) refuseLargeTmp(spec.limits);
  return { spec, fields };
}

function differing<T extends object>(before: T, after: T): string[] {
  return Object.keys(after).filter((key) => !isDeepStrictEqual(before[key as keyof T], after[key as keyof T]));
}
