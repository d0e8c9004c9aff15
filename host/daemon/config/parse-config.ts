import { whyTmpTooLarge } from './box-memory.ts';
import { invalidFile, parseYaml } from './parse-yaml.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * Parses the text of config.yaml. Throws `config_invalid` with one clause for each problem: what parseYaml finds, and
 * values that do not fit together.
 */
export function parseConfig(text: string, file: string): Config {
  const { data, document } = parseYaml(configSchema, { text, file });
  const { limits } = data.defaults;
  // The default is reduced to fit (complete-spec.ts); the operator's own value is never changed silently.
  const why = document.hasIn(['defaults', 'limits', 'tmp_mb'])
    ? whyTmpTooLarge({ memoryMb: limits.memory_mb, tmpMb: limits.tmp_mb }, TMP_KEYS)
    : null;
  if (why !== null) throw invalidFile(file, [why]);
  return data;
}

const TMP_KEYS = { memory: 'defaults.limits.memory_mb', tmp: 'defaults.limits.tmp_mb' };
