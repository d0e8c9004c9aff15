import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { type AgentSpec, agentSpec, type agentSpecInput } from '../../../../protocol/schemas/agent.ts';
import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { refuseLargeTmp } from '../../config/box-memory.ts';
import { changeProjects } from './change-projects.ts';
import { refuseUnfit } from './fit-driver.ts';

/**
 * Replaces the given parts of a spec, and returns the names of the changed ones ("limits.memoryMb"). With another
 * driver, a command and tools that were not given and do not fit it are dropped. Throws `invalid_input` when memory or
 * /tmp were changed and do not fit together (an unchanged pair is accepted), or the rest does not fit the driver.
 */
export function changeSpec(
  before: AgentSpec,
  given: z.output<typeof agentSpecInput>,
): { spec: AgentSpec; fields: string[] } {
  const defined = (value: object) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
  const { projects, ...others } = given;
  const { projects: joined, ...rest } = forDriver(before, given.driver ?? before.driver);
  const spec = agentSpec.parse({
    ...rest,
    driver: before.driver,
    ...defined(others),
    ...changeProjects(joined, projects),
    limits: { ...before.limits, ...defined(given.limits ?? {}) },
  });
  const fields = [
    ...differing(before, spec).filter((field) => field !== 'limits'),
    ...differing(before.limits, spec.limits).map((field) => `limits.${field}`),
  ];
  if (fields.includes('limits.memoryMb') || fields.includes('limits.tmpMb')) refuseLargeTmp(spec.limits);
  refuseUnfit(spec);
  return { spec, fields };
}

function forDriver({ command, ...rest }: AgentSpec, driver: AgentSpec['driver']): Omit<AgentSpec, 'driver'> {
  const facts = DRIVERS[driver];
  const tools = facts.capabilities.ownTools === 'chosen' ? rest.tools : [];
  const keeps = command !== undefined && facts.command === 'required';
  return { ...rest, tools, ...(keeps ? { command } : {}) };
}

function differing<T extends object>(before: T, after: T): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key as keyof T], after[key as keyof T]));
}
