import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { Config } from '../../config/schema.ts';
import { completeSpec } from './complete-spec.ts';
import type { Declarations } from './declare-agents.ts';

/**
 * Declares the agents of `first_agents`, the first one being the others' parent; those that an interrupted start
 * declared already are skipped. When their image or CLI is missing they are declared stopped: they can be started once
 * it is there.
 */
export async function seedAgents(hive: {
  declarations: Declarations;
  config: Config;
  known: ReadonlySet<AgentName>;
}): Promise<void> {
  const { declarations, config, known } = hive;
  let parent: AgentName | null = null;
  for (const { name, role, prompt } of config.first_agents) {
    const agent = { name, parent, spec: completeSpec({ role, prompt }, config) };
    if (!known.has(name))
      await declarations.declare({ ...agent, start: true }).catch((error: unknown) => {
        if (error instanceof HiveError && (error.code === 'image_missing' || error.code === 'cli_missing'))
          return declarations.declare({ ...agent, start: false });
        throw error;
      });
    parent ??= name;
  }
}
