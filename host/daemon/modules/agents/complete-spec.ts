import type * as z from 'zod';
import { DEFAULT_DRIVER } from '../../../../protocol/drivers/drivers.ts';
import type { AgentSpec, agentSpecInput } from '../../../../protocol/schemas/agent.ts';
import type { Config } from '../../config/schema.ts';
import { decideTmpMb } from '../../config/box-memory.ts';
import { chooseModel } from './choose-model.ts';
import { changeProjects } from './change-projects.ts';
import { defaultTools, refuseUnfit } from './fit-driver.ts';

/** A complete spec from the given parts; the rest comes from `defaults` in config.yaml. Throws `invalid_input`. */
export function completeSpec(given: z.output<typeof agentSpecInput>, config: Config): AgentSpec {
  const { defaults } = config;
  const driver = given.driver ?? DEFAULT_DRIVER;
  const memoryMb = given.limits?.memoryMb ?? defaults.limits.memory_mb;
  const spec = {
    role: given.role ?? 'agent',
    driver,
    ...(given.command === undefined ? {} : { command: given.command }),
    ...chooseModel({ driver, model: given.model, provider: given.provider }, config),
    image: given.image ?? defaults.image,
    tools: given.tools ?? defaultTools(driver, defaults.tools),
    prompt: given.prompt ?? '',
    limits: {
      memoryMb,
      cpus: given.limits?.cpus ?? defaults.limits.cpus,
      pids: given.limits?.pids ?? defaults.limits.pids,
      diskMb: given.limits?.diskMb ?? defaults.limits.disk_mb,
      diskFiles: given.limits?.diskFiles ?? defaults.limits.disk_files,
      tmpMb: decideTmpMb(given.limits?.tmpMb, { memoryMb, defaultTmpMb: defaults.limits.tmp_mb }),
    },
    ...(given.unknownHosts === undefined ? {} : { unknownHosts: given.unknownHosts }),
    ...(given.wakeFor === undefined ? {} : { wakeFor: given.wakeFor }),
    ...changeProjects({}, given.projects),
    ...(given.turnToolCalls === undefined ? {} : { turnToolCalls: given.turnToolCalls }),
    ...(given.turnOutputKb === undefined ? {} : { turnOutputKb: given.turnOutputKb }),
    turnTimeoutMs: given.turnTimeoutMs ?? defaults.turn_timeout_ms,
  };
  refuseUnfit(spec);
  return spec;
}
