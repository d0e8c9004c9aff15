import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentConfig } from './document-config.ts';
import { parseConfig } from './parse-config.ts';

test('an empty file is a valid configuration', () => {
  expect(parseConfig('', 'config.yaml').dashboard.port).toBe(7780);
  expect(parseConfig('dashboard: {port: 8000}', 'config.yaml').dashboard.port).toBe(8000);
  // The default size of /tmp is reduced to fit when a box is made.
  expect(parseConfig('defaults: {limits: {memory_mb: 512}}', 'config.yaml').defaults.limits.memory_mb).toBe(512);
});

test.each([
  ['dashbord: {port: 1}', 'unknown key "dashbord" (did you mean "dashboard"?)'],
  ['dashboard: {prot: 1}', 'unknown key "dashboard.prot" (did you mean "port"?)'],
  ['first_agents: [{name: manager, roles: x, role: y}]', 'unknown key "first_agents.0.roles" (did you mean "role"?)'],
  ['dashboard: {port: 99999}', 'dashboard.port'],
  ['dashboard: {port: 1', 'Flow map'],
  ['dashboard: {port: 1}\ndashboard: {port: 2}', 'unique'],
  ['first_agents: [{name: scout, role: scout}]', 'must be named "manager"'],
  ['providers: {Lab: {kind: openai}}', 'providers.Lab'],
  ['providers: {demo: {kind: openai}}', 'that name is reserved'],
  ['providers: {lab: {base_url: "http://x.test"}}', 'providers.lab: a provider of your own needs a kind (anthropic, '],
  ['providers: {lab: {kind: openai-compatible}}', 'providers.lab: the kind openai-compatible needs a base_url'],
  ['providers: {lab: {kind: other}}', 'a kind is one of anthropic,'],
  ['providers: {openai: {kind: gemini}}', 'the kind of "openai" is always openai'],
  ['providers: {openai: {base_url: "ftp://x.test"}}', 'providers.openai.base_url: must be a URL like'],
  ['providers: {openai: {base_url: "https://me:pw@x.test"}}', 'without a user name'],
  ['providers: {openai: {base_url: "https://x.test/v1?key=1"}}', 'without a user name, a query'],
  ['providers: {openai: {base_url: "https://x.test\\n"}}', 'providers.openai.base_url'],
  ['- a list', 'expected object'],
  ['models: {worker: [], "a b": []}', 'models.a b'],
  [
    'defaults: {limits: {memory_mb: 768, tmp_mb: 400}}',
    'defaults.limits.tmp_mb is 400, but /tmp counts as memory: of 768 MiB (defaults.limits.memory_mb) it may have 320',
  ],
])('%s is refused and says why', (text, why) => {
  expect(() => parseConfig(text, '/x/config.yaml')).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(why) as string }) as Error,
  );
});

// `npm run docs` writes the page; this fails when it was not run.
test('docs/configuration.md is up to date with the schema', () => {
  const page = new URL('../../../docs/configuration.md', import.meta.url);
  if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(page, documentConfig());
  expect(readFileSync(page, 'utf8')).toBe(documentConfig());
});

// A setting that nothing reads is a lie to the operator.
test('every key is read by hived', () => {
  const zone = new URL('../', import.meta.url).pathname;
  const sources = readdirSync(zone, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('config/schema.ts'))
    .map((file) => readFileSync(join(zone, file), 'utf8'))
    .join('\n');
  const unread = keyPaths(parseConfig('', 'config.yaml')).filter((path) => !sources.includes(path.slice(-2).join('.')));
  expect(unread).toEqual([]);
});

function keyPaths(value: unknown, path: readonly string[] = ['config']): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    return [[...path]];
  return Object.entries(value).flatMap(([key, inner]) => keyPaths(inner, [...path, key]));
}
