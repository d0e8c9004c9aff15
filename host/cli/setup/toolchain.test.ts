import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../config.ts';
import { DRIVER_NAMES, DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { claude } from './clis/claude.ts';
import { CLIS } from './clis/clis.ts';
import { NPM_VERSION } from './toolchain-parts.ts';
import { toolchainStep } from './toolchain.ts';

const [{ version: newest }] = claude.pinned;
let top: string;
let toolchain: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'hive-tools-'));
  toolchain = join(top, 'toolchain');
  await write(join(top, 'harness.mjs'), 'harness');
});
afterEach(() => rm(top, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const harness = createHash('sha256').update('harness').digest('hex').slice(0, 12);
const OTHER_PARTS = `node ${process.version}, npm ${NPM_VERSION}, harness ${harness}`;

async function place(files: Record<string, string>): Promise<void> {
  const all = {
    'node/bin/node': 'node',
    'node/version': `${process.version} ${process.arch}`,
    'node/lib/node_modules/npm/bin/npm-cli.js': 'npm',
    'node/npm-version': NPM_VERSION,
    'harness/harness.mjs': 'harness',
    'harness/version': harness,
    ...files,
  };
  for (const [file, text] of Object.entries(all)) await write(join(toolchain, file), text);
}

const run = () =>
  toolchainStep.run(
    { settings: { toolchain } as Settings, dist: top, signal: new AbortController().signal },
    () => undefined,
  );

// Matters on a full disk: creating even a directory before the check would keep an existing toolchain from being used.
test('a complete toolchain is found without writing anything', async () => {
  await place({ [`claude/${newest}/bin/claude`]: 'claude', 'claude/version': newest });
  const before = await stat(toolchain, { bigint: true });
  expect(await run()).toBe(`${OTHER_PARTS}, claude@${newest}`);
  expect((await stat(toolchain, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  expect((await readdir(toolchain)).toSorted()).toEqual(['claude', 'harness', 'node']);
});

test('the only version of an earlier Hyperhive gets a directory of its own, without a download or a copy', async () => {
  await place({ 'claude/claude': 'claude', 'claude/version': newest });
  await run();
  const program = join(toolchain, 'claude', newest, 'bin/claude');
  expect(await readlink(program)).toBe('../claude');
  expect((await stat(program)).ino).toBe((await lstat(join(toolchain, 'claude/claude'))).ino);
  expect((await stat(program)).mode & 0o777).toBe(0o755);
});

test("the operator's choice of a version stays", async () => {
  const old = { 'claude/1.9.0/bin/claude': 'old', 'claude/chosen': '1.9.0', 'claude/version': '1.9.0' };
  await place({ ...old, [`claude/${newest}/bin/claude`]: 'claude' });
  expect(await run()).toBe(`${OTHER_PARTS}, claude@1.9.0, chosen`);
  expect(await readFile(join(toolchain, 'claude/version'), 'utf8')).toBe('1.9.0');
  // A choice whose version is gone is none.
  await rm(join(toolchain, 'claude/1.9.0'), { recursive: true });
  expect(await run()).toBe(`${OTHER_PARTS}, claude@${newest}`);
  expect(await readFile(join(toolchain, 'claude/version'), 'utf8')).toBe(`${newest}\n`);
  expect(await readdir(join(toolchain, 'claude'))).not.toContain('chosen');
});

test('every driver that needs a CLI needs one that set-up installs', () => {
  const needed = DRIVER_NAMES.flatMap((driver) => DRIVERS[driver].cli ?? []);
  expect(needed.filter((cli) => CLIS[cli] === undefined)).toEqual([]);
});
