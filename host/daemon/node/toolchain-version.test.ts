import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readToolchainVersions } from './toolchain-version.ts';

let toolchain: string;
beforeEach(async () => {
  toolchain = await mkdtemp(join(tmpdir(), 'hive-versions-'));
  await mkdir(join(toolchain, 'claude'));
});
afterEach(() => rm(toolchain, { recursive: true }));

const use = (version: string) => writeFile(join(toolchain, 'claude/version'), version);

test('a new box gets the version in use; another one makes boxes outdated, of drivers that need the CLI alone', async () => {
  await use('1.2.3\n');
  const before = readToolchainVersions(toolchain);
  expect(before('claude').cli).toEqual({ cli: 'claude', version: '1.2.3' });
  expect(before('script').cli).toBeNull();
  await use('1.2.4\n');
  const after = readToolchainVersions(toolchain);
  expect(after('claude').mark).not.toBe(before('claude').mark);
  expect(after('script').mark).toBe(before('script').mark);
});

test.each(['', '../../etc', '1.2/..', 'latest'])('a version "%s" names no directory', async (text) => {
  await use(text);
  expect(readToolchainVersions(toolchain)('claude').cli).toBeNull();
});

test('a toolchain without the CLI has none', () => {
  expect(readToolchainVersions(toolchain)('claude')).toMatchObject({
    cli: null,
    mark: expect.stringMatching(/^absent/),
  });
});
