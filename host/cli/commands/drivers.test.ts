import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CAPABILITIES } from '../../../protocol/drivers/driver-facts.ts';
import { DRIVER_NAMES, DRIVERS } from '../../../protocol/drivers/drivers.ts';
import { runHivectl } from '../testing/run-hivectl.ts';

let toolchain: string;

beforeEach(async () => {
  toolchain = await mkdtemp(join(tmpdir(), 'hive-toolchain-'));
  await write('claude/2.0.0/bin/claude', 'x');
  await write('claude/1.0.0/bin/claude', 'x');
  await write('claude/version', '2.0.0\n');
  // As if somebody had removed the file of the version in use.
  await write('gemini/0.60.0/bin/gemini', 'x');
  await write('codex/version', '0.1.0\n');
});
afterEach(() => rm(toolchain, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  const file = join(toolchain, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
// There is no hive on that socket: the command needs none.
const run = (...args: string[]) => runHivectl('/nonexistent/admin.sock', ['drivers', ...args], { toolchain });

test('says of each driver which CLI is in the toolchain, or the command that adds it', async () => {
  const { code, out } = await run();
  expect(code).toBe(0);
  expect(out).toMatch(/^claude +claude 2\.0\.0 +Claude Code/m);
  expect(out).toMatch(/^codex +missing: hivectl toolchain add codex +Codex/m);
  expect(out).toMatch(/^gemini +not in use: hivectl toolchain use gemini@0\.60\.0 +Gemini/m);
  expect(out).toMatch(/^script +none needed +a program of yours/m);
});

test('shows the capabilities that are declared, in a line for each', async () => {
  const { out } = await run();
  expect(out).toMatch(new RegExp(`^CAPABILITY +${DRIVER_NAMES.join(' +')}$`, 'm'));
  for (const [rule, { about }] of Object.entries(CAPABILITIES)) {
    const values = DRIVER_NAMES.map((name) => (DRIVERS[name].capabilities as Record<string, string>)[rule]);
    const line = [about.replaceAll('`', '').replaceAll(/[()]/g, '\\$&'), ...values].join(' +').replaceAll('_', ' ');
    expect(out).toMatch(new RegExp(`^${line}$`, 'm'));
  }
});

test('describes one driver in sentences; --json has all of it', async () => {
  const { out } = await run('opencode');
  expect(out).toContain('mail during a turn\n  passed to the CLI at once\n');
  expect(out).toContain('CLI in the toolchain\n  missing: hivectl toolchain add opencode\n');
  const { drivers } = JSON.parse((await run('--json')).out) as { drivers: { name: string }[] };
  expect(drivers.map(({ name }) => name)).toEqual(DRIVER_NAMES);
  expect(drivers[0]).toMatchObject({
    cli: { name: 'claude', version: '2.0.0', placed: ['1.0.0', '2.0.0'], fix: null },
    command: 'none',
    capabilities: { midTurnMail: { value: 'said', text: 'passed to the CLI at once' } },
  });
  expect(drivers[1]).toMatchObject({ cli: { version: null, placed: [], fix: 'hivectl toolchain add codex' } });
});

test('refuses a driver that does not exist, with those that do', async () => {
  expect(await run('cloud')).toMatchObject({ code: 64, err: expect.stringContaining('There are: claude, codex') });
});
