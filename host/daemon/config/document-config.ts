import { stringify } from 'yaml';
import * as z from 'zod';
import { shapeOf } from './parse-yaml.ts';
import { configSchema } from './schema.ts';

/** docs/configuration.md, generated from the schema: every key with its default and its purpose. */
export function documentConfig(): string {
  const defaults = configSchema.parse({});
  return [
    '# Configuration',
    '',
    '<!-- Written from host/daemon/config/schema.ts by `npm run docs`; change the schema, not this page. -->',
    '',
    '`config.yaml` is in the root directory of the hive: `/var/lib/hyperhive` for root, `~/.local/share/hyperhive` for other',
    'users, or `HIVE_ROOT`. Every key is optional, and so is the file. An unknown key is an error that names the nearest known',
    'one. hived reads the file when it starts: `hivectl up --restart` applies a change while the boxes keep running.',
    '',
    "Two settings are environment variables: `HIVE_ROOT`, the directory of the hive's files, and `HIVE_RUN`, the directory of",
    "its sockets (keep it short: a socket's whole path has at most 107 bytes).",
    '',
    'Beside it may lie `prices.yaml`, with prices of models in place of those that this version knows: see',
    '[gateway](gateway.md#prices).',
    '',
    '| key | default | meaning |',
    '|---|---|---|',
    ...rows(configSchema, defaults, []),
    '',
    '## The whole file with its defaults',
    '',
    '```yaml',
    stringify(defaults).trimEnd(),
    '```',
    '',
  ].join('\n');
}

function rows(schema: unknown, value: unknown, path: readonly string[]): string[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([key, inner]) => {
    const here = [...path, key];
    const set = (value as Record<string, unknown>)[key];
    const described = inner instanceof z.ZodType ? inner.description : undefined;
    if (described === undefined) return rows(inner, set, here);
    return [`| \`${here.join('.')}\` | ${showDefault(set)} | ${described.replaceAll('|', '\\|')} |`];
  });
}

function showDefault(value: unknown): string {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return 'see below';
  return `\`${JSON.stringify(value)}\``;
}
