import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkConfig } from './hived-process.ts';
import type { SetupContext } from './setup-context.ts';

/** Replaces a build of hived: counts how often it is called, and refuses a config that contains "bad". */
const HIVED = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const root = process.env.HIVE_ROOT;
appendFileSync(root + '/asked', '.');
if (existsSync(root + '/config.yaml') && readFileSync(root + '/config.yaml', 'utf8').includes('bad')) {
  console.error(JSON.stringify({ error: { code: 'config_invalid', message: 'bad is no setting' } }));
  process.exit(78);
}
`;

let root: string;
let context: SetupContext;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hive-config-'));
  for (const build of ['one', 'two']) {
    mkdirSync(join(root, 'app', build), { recursive: true });
    writeFileSync(join(root, 'app', build, 'hived.mjs'), HIVED);
  }
  const settings = { root, run: join(root, 'run'), configFile: join(root, 'config.yaml'), childEnv: {} };
  context = { settings, signal: new AbortController().signal } as unknown as SetupContext;
});
afterEach(() => rmSync(root, { recursive: true }));

const TRUST = { trustEarlier: true };
const asked = () => readFileSync(join(root, 'asked'), 'utf8').length;

test('hived checks a configuration once per build; another text, build or environment is checked again', async () => {
  expect(await checkConfig(context, 'one', TRUST)).toContain('the defaults');
  await checkConfig(context, 'one', TRUST);
  expect(asked()).toBe(1);
  writeFileSync(join(root, 'config.yaml'), 'good: true');
  expect(await checkConfig(context, 'one', TRUST)).toBe(join(root, 'config.yaml'));
  await checkConfig(context, 'one', TRUST);
  expect(asked()).toBe(2);
  await checkConfig(context, 'two', TRUST);
  expect(asked()).toBe(3);
  await checkConfig({ ...context, settings: { ...context.settings, run: join(root, 'other') } }, 'two', TRUST);
  expect(asked()).toBe(4);
});

test('an invalid configuration is refused each time, with hived’s own message', async () => {
  writeFileSync(join(root, 'config.yaml'), 'bad: true');
  for (const _ of [1, 2])
    await expect(checkConfig(context, 'one', TRUST)).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'bad is no setting',
    });
  expect(asked()).toBe(2);
});

// Vulnerability: a running hive is stopped for a build that then does not start.
test('before a running hive is replaced, hived is asked again', async () => {
  await checkConfig(context, 'one', TRUST);
  await checkConfig(context, 'one', { trustEarlier: false });
  expect(asked()).toBe(2);
  expect(statSync(join(root, 'app/one/config-checked')).mode & 0o777).toBe(0o600);
});
