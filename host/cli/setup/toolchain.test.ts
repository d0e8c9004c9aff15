import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../config.ts';
import { DRIVER_NAMES, DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { claude } from './clis/claude.ts';
import { CLIS } from './clis/clis.ts';
import { NPM_VERSION } from './toolchain-parts.ts';
import { toolchainStep } from './toolchain.ts';

let top: string;
let toolchain: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'hive-tools-'));
  toolchain = join(top, 'toolchain');
});
afterEach(() => rm(top, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

// Matters on a full disk: creating even a directory before the check would keep an existing toolchain from being used.
test('a complete toolchain is found without writing anything; one without its list of parts gets it', async () => {
  await write(join(top, 'harness.mjs'), 'harness');
  const harness = createHash('sha256').update('harness').digest('hex').slice(0, 12);
  const version = `node ${process.version}, npm ${NPM_VERSION}, harness ${harness}, claude ${claude.version}`;
  for (const [file, text] of [
    ['node/bin/node', 'node'],
    ['node/version', `${process.version} ${process.arch}`],
    ['node/lib/node_modules/npm/bin/npm-cli.js', 'npm'],
    ['node/npm-version', NPM_VERSION],
    ['harness/harness.mjs', 'harness'],
    ['harness/version', harness],
    ['claude/claude', 'claude'],
    ['claude/version', claude.version],
  ] as const)
    await write(join(toolchain, file), text);
  const run = () =>
    toolchainStep.run(
      { settings: { toolchain } as Settings, dist: top, signal: new AbortController().signal },
      () => undefined,
    );
  expect(await run()).toBe(version);
  expect(await readFile(join(toolchain, 'version'), 'utf8')).toBe(`${version}\n`);
  const before = await stat(toolchain, { bigint: true });
  expect(await run()).toBe(version);
  expect((await stat(toolchain, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  expect((await readdir(toolchain)).toSorted()).toEqual(['claude', 'harness', 'node', 'version']);
});

test('every driver that needs a program in its box has a part that installs it', () => {
  const needy = DRIVER_NAMES.filter((driver) => DRIVERS[driver].toolchain !== null);
  expect(Object.keys(CLIS).toSorted()).toEqual(needy.toSorted());
});
