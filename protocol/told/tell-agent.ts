import { BOX_SKILL_DIRS, boxStateDir, FORGE_IN_BOX } from '../box-paths.ts';
import { DRIVERS } from '../drivers/drivers.ts';
import type { AgentName } from '../names.ts';
import type { OpOutput } from '../op.ts';
import type { toldOperations } from '../operations/told.ts';
import type { AgentSpec } from '../schemas/agent.ts';
import { composeInstructions, joinInstructions } from './compose-instructions.ts';
import { sizeOf } from './estimate-tokens.ts';
import { listTools } from './list-tools.ts';
import type { HiveSkills } from './skills.ts';

/** What an agent's model is told with every request, from the functions with which the harness in its box tells it. */
export function tellAgent(
  agent: {
    name: AgentName;
    parent: AgentName | null;
    spec: Pick<AgentSpec, 'driver' | 'role' | 'prompt' | 'model' | 'tools'> & Partial<Pick<AgentSpec, 'projects'>>;
  },
  { offered, skipped, docsCommit = null }: HiveSkills & { docsCommit?: string | null },
): OpOutput<(typeof toldOperations)['getPrompt']> {
  const { name, parent, spec } = agent;
  const { adds, capabilities, cli } = DRIVERS[spec.driver];
  const place = { stateDir: boxStateDir(name), forgeUrl: FORGE_IN_BOX, skillDirs: BOX_SKILL_DIRS };
  const instructions = composeInstructions({ agent: name, parent, spec, ...place, skills: offered });
  const list = listTools({ isMember: Object.keys(spec.projects ?? {}).length > 0 });
  const tools = JSON.stringify(list);
  return {
    agent: name,
    driver: spec.driver,
    model: spec.model,
    placed: capabilities.instructions,
    instructions: instructions.map((part) => ({ ...part, ...sizeOf(part.text) })),
    skills: offered.map((skill) => ({ name: skill.name, from: skill.from })),
    skippedSkills: [...skipped],
    docsCommit,
    tools: { list, ...sizeOf(tools) },
    ...sizeOf(joinInstructions(instructions) + tools),
    cli: adds === null || cli === null ? null : { name: cli, ...adds },
    ownTools: [...spec.tools],
  };
}
