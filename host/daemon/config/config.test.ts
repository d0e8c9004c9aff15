import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentConfig } from './document-config.ts';
import { parseConfig } from './parse-config.ts';

test('an empty file is a good configuration', () => {
  expect(parseConfig('', 'config.yaml').dashboard.port).toBe(7780);
  expect(parseConfig('dashboard: {port: 8000}', 'config.yaml').dashboard.port).toBe(8000);
});

test.each([
  ['dashbord: {port: 1}', 'unknown key "dashbord" (did you mean "dashboard"?)'],
  ['dashboard: {prot: 1}', 'unknown key "dashboard.prot" (did you mean "port"?)'],
  ['first_agents: [{name: manager, roles: x, role: y}]', 'unknown key "first_agents.0.roles" (did you mean "role"?)'],
  ['dashboard: {port: 99999}', 'dashboard.port'],
  ['dashboard: {port: 1', 'Flow map'],
  ['dashboard: {port: 1}\ndashboard: {port: 2}', 'unique'],
  ['first_agents: [{name: scout, role: scout}]', 'must be named "manager"'],
  ['- a list', 'expected object'],
])('%s is refused and says why', (text, why) => {
  expect(() => parseConfig(text, '/x/config.yaml')).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(why) as string }) as Error,
  );
});

// `npm run docs` writes the page; this fails when somebody forgot.
test('docs/configuration.md tells what the schema says', () => {
  const page = new URL('../../../docs/configuration.md', import.meta.url);
  if (process.env['HIVE_WRITE_DOCS'] === '1') writeFileSync(page, documentConfig());
  expect(readFileSync(page, 'utf8')).toBe(documentConfig());
});
