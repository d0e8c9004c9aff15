import { HiveError } from '../../../../protocol/errors.ts';
import { kindFacts } from '../../../../protocol/providers.ts';
import type { Config } from '../../config/schema.ts';
import { type ModelMap, readModelMap } from '../../config/model-map.ts';
import type { ProviderList } from './provider-list.ts';

/**
 * Reads `models` of config.yaml, whose providers may also be added ones. Throws `config_invalid` with one sentence for
 * each problem.
 */
export function requireModels(models: Config['models'], providers: Pick<ProviderList, 'all'>): ModelMap {
  const known = providers.all();
  const { map, problems } = readModelMap(models, (name) => {
    const provider = known.find((one) => one.name === name);
    return provider === undefined ? null : kindFacts(provider.kind).protocols;
  });
  if (problems.length > 0)
    throw new HiveError('config_invalid', `config.yaml is not valid: ${problems.join('; ')}.`, {
      details: { problems },
    });
  return map;
}
