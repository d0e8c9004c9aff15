import { stringify } from 'yaml';
import { z } from 'zod';
import { shapeOf } from './parse-config.ts';
import { configSchema } from './schema.ts';

/** docs/configuration.md, drawn from the schema: every key with its default and what it is for. */
export function documentConfig(): string {
  const defaults = configSchema.parse({});
  return [
    '# Configuration',
    '',
    '<!-- Written from host/daemon/config/schema.ts by `npm run docs`; change the schema, not this page. -->',
    '',
    "`config.yaml` lies in the hive's root (`/var/lib/hyperhive`, or `HIVE_ROOT`). Every key may be left out, and so may",
    'the whole file. A key that Hyperhive does not know is an error that names the nearest one it knows. hived reads the',
    'file when it starts: `hivectl up --restart` takes a change over while the boxes run on.',
    '',
    'Two settings come from the environment alone: `HIVE_ROOT` (where the hive keeps everything) and `HIVE_RUN` (where its',
    "sockets are; short, since a socket's whole path has at most 107 bytes).",
    '',
    '| key | default | what it is for |',
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
