import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHome, prepareHome } from './prepare-home.ts';

let top = '';
let home: CliHome;

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'cli-home-'));
  home = { configDir: join(top, 'claude'), mcpConfigPath: join(top, 'mcp.json'), mcpConfig: '{"mcpServers":{}}' };
});
afterEach(() => rm(top, { recursive: true, force: true }));

test('only sessions stay in the CLI’s directory, and the MCP configuration is the hive’s', async () => {
  await mkdir(join(home.configDir, 'projects/-agents-a'), { recursive: true });
  await writeFile(join(home.configDir, 'projects/-agents-a/s.jsonl'), '{}');
  for (const name of ['settings.json', '.claude.json', 'CLAUDE.md', '.credentials.json', 'what-comes-later.json'])
    await writeFile(join(home.configDir, name), '{}');
  for (const name of ['agents', 'skills/x', 'commands', 'plugins/cache', 'closed/inner'])
    await mkdir(join(home.configDir, name), { recursive: true });
  await writeFile(join(home.configDir, 'closed/inner/file'), '');
  await chmod(join(home.configDir, 'closed/inner'), 0);
  await chmod(join(home.configDir, 'closed'), 0);
  await writeFile(home.mcpConfigPath, '{"mcpServers":{"other":{"command":"sh"}}}', { mode: 0o666 });
  await prepareHome(home);
  expect(await readdir(home.configDir)).toEqual(['projects']);
  expect(await readdir(join(home.configDir, 'projects/-agents-a'))).toEqual(['s.jsonl']);
  expect(await readFile(home.mcpConfigPath, 'utf8')).toBe(home.mcpConfig);
  expect((await lstat(home.mcpConfigPath)).mode & 0o777).toBe(0o600);
});

test('symlinks in the directory are removed, and their targets stay', async () => {
  const notes = join(top, 'notes');
  await mkdir(notes);
  await writeFile(join(notes, 'keep.md'), 'kept');
  await symlink(notes, home.configDir);
  await symlink(join(notes, 'keep.md'), home.mcpConfigPath);
  await prepareHome(home);
  await symlink(notes, join(home.configDir, 'skills'));
  await prepareHome(home);
  expect(await readFile(join(notes, 'keep.md'), 'utf8')).toBe('kept');
  expect([await readdir(home.configDir), (await lstat(home.configDir)).isDirectory()]).toEqual([[], true]);
});
