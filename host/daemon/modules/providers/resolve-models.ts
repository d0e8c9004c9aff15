import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import type { AgentModels, ModelEntry } from '../../../../protocol/schemas/model.ts';
import type { ModelMap } from '../../config/model-map.ts';

/** A spec's `model`, resolved. */
export interface ResolvedModel {
  /** Who answers first. */
  readonly provider: ProviderName;
  /** The model's name for the agent's CLI. */
  readonly model: string;
  /** The entries of its name in the map; empty for a model that the CLI knows. */
  readonly entries: readonly ModelEntry[];
}

/**
 * A name of the map is answered by its entries, whatever provider the spec names; anything else is a model of the spec's
 * provider, or of the hive's default one.
 */
export function resolveModel(
  { model, provider }: Pick<AgentSpec, 'model' | 'provider'>,
  { map, defaultProvider }: { map: ModelMap; defaultProvider: ProviderName },
): ResolvedModel {
  const entries = map.get(model) ?? [];
  const [primary] = entries;
  if (primary === undefined) return { provider: provider ?? defaultProvider, model, entries };
  return { provider: primary.provider, model: primary.model, entries };
}

/**
 * What the gateway lets an agent request. `greeted` is the model that its harness was told last: its running turn goes on
 * with it, whatever the spec says meanwhile.
 */
export function listModels(
  spec: Pick<AgentSpec, 'driver' | 'tools'>,
  { resolved, greeted }: { resolved: ResolvedModel; greeted: string | null },
): AgentModels {
  const { requestedModels } = DRIVERS[spec.driver];
  const { model, entries } = resolved;
  const own = entries.length === 0 ? [model] : entries.map((entry) => entry.model);
  const listed = [...own, ...(greeted === null ? [] : [greeted])].map((one) => ({
    one,
    requested: requestedModels({ model: one, tools: spec.tools }),
  }));
  // Nobody knows what such a program requests; where the map says it, that is all that it may.
  const mayAny = entries.length === 0 && listed.some(({ requested }) => requested === null);
  const allowed = mayAny ? null : [...new Set(listed.flatMap(({ one, requested }) => requested ?? [one]))];
  return { allowed, entries: [...entries] };
}
