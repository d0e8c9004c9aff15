import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { builtInKind, kindFacts, type ProviderName } from '../../../../protocol/providers.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import { providerName } from '../../../../protocol/schemas/provider.ts';
import type { Config } from '../../config/schema.ts';

/**
 * The model of a spec that names none, and its provider: the hive's defaults where the driver's CLI speaks with the
 * default provider, otherwise what such a CLI is usually used with. Without a provider, the agent follows the hive's
 * default when that changes. A name of `models` in config.yaml has providers of its own.
 */
export function chooseModel(
  given: { driver: AgentSpec['driver']; model?: string | undefined; provider?: ProviderName | undefined },
  { defaults, models, providers }: Pick<Config, 'defaults' | 'models' | 'providers'>,
): Pick<AgentSpec, 'model' | 'provider'> {
  const { usual } = DRIVERS[given.driver];
  const provider = given.provider ?? defaults.provider;
  const asGiven = given.provider === undefined ? {} : { provider: given.provider };
  const kind = providers[provider]?.kind ?? builtInKind(provider);
  const fits =
    kind === null || usual === null || kindFacts(kind).protocols.some((one) => usual.protocols.includes(one));
  const isNamed = given.model !== undefined && Object.hasOwn(models, given.model);
  if (usual === null || isNamed) return { ...asGiven, model: given.model ?? defaults.model };
  if (fits) {
    const isUsual = given.provider !== undefined && given.provider === usual.provider;
    return { ...asGiven, model: given.model ?? (isUsual ? usual.model : defaults.model) };
  }
  const named = given.provider ?? providerName.parse(usual.provider);
  return { provider: named, model: given.model ?? usual.model };
}
