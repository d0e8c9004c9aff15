import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareHome } from './prepare-home.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cli-home-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('only conversations stay in the CLI’s directory, and the catalogue is the hive’s', async () => {
  const home = join(dir, 'codex');
  await mkdir(join(home, 'sessions/2026/11/28'), { recursive: true });
  await writeFile(join(home, 'sessions/2026/11/28/rollout.jsonl'), '{}');
  for (const name of ['config.toml', '.env', 'auth.json', 'AGENTS.md', 'hooks.json', 'state_5.sqlite', 'models.json'])
    await writeFile(join(home, name), 'of somebody else');
  for (const name of ['skills/x', 'prompts', 'rules', 'plugins']) await mkdir(join(home, name), { recursive: true });
  await prepareHome(home, 'the catalogue');
  expect((await readdir(home)).toSorted()).toEqual(['models.json', 'sessions']);
  expect(await readdir(join(home, 'sessions/2026/11/28'))).toEqual(['rollout.jsonl']);
  expect(await readFile(join(home, 'models.json'), 'utf8')).toBe('the catalogue');
});
