import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Writer } from '../../core/writer.ts';
import { listAgents, setUntold } from './store/agents.ts';

/**
 * `models` of config.yaml may have changed while hived was away: harnesses that were told another model than their spec
 * means now are told before their next turn.
 */
export async function markChangedModels(deps: {
  db: Db;
  writer: Writer;
  /** The model's name for the CLI of an agent with this spec. */
  modelOf: (spec: AgentSpec) => string;
}): Promise<void> {
  const changed = listAgents(deps.db).filter(({ spec, toldModel }) => (toldModel ?? spec.model) !== deps.modelOf(spec));
  if (changed.length === 0) return;
  await deps.writer.write((tx) => {
    for (const { name } of changed) setUntold(tx.db, name);
  });
}
