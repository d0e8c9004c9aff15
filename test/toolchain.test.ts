import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliDir, cliInUse } from '../protocol/cli-places.ts';
import { TEST_TOOLCHAIN } from './support/test-clis.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A toolchain of the hive's own (hard links to that of the tests) with the real Claude Code under two version names.

const run = promisify(execFile);
const OTHER = '1.0.0';
let hive: TestHive;
let version: string;

beforeAll(async () => {
  version = (await readFile(join(TEST_TOOLCHAIN, cliInUse('claude')), 'utf8')).trim();
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: { toolchain_dir: null },
    async fillRoot(root) {
      const toolchain = join(root, 'toolchain');
      await run('cp', ['-al', TEST_TOOLCHAIN, toolchain]).catch(() => run('cp', ['-a', TEST_TOOLCHAIN, toolchain]));
      const dir = (of: string) => join(toolchain, cliDir({ cli: 'claude', version: of }));
      await run('cp', ['-al', dir(version), dir(OTHER)]);
    },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

const view = async (name: string) => {
  const { agents } = await hive.admin.call('listAgents', {});
  return agents.find((agent) => agent.name === name);
};

/** A turn of the real CLI that prints the path of the CLI itself. */
async function cliOf(agent: string): Promise<string> {
  const command = 'readlink /proc/$PPID/exe; tr "\\\\0" " " < /proc/$PPID/cmdline | cut -c1-60';
  const { id } = await hive.admin.call('send', { to: agent, body: `@Bash ${JSON.stringify({ command })}` });
  const { data } = await hive.event(
    (event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id),
  );
  // What a turn did may come after its end.
  const result = await hive.event(
    (event) => event.kind === 'turn.tool_result' && event.agent === agent && event.data['turn'] === data['turn'],
  );
  return String(result.data['text']);
}

test('a box keeps the version that it was made with until it is rebuilt; a version that a box has is not deleted', async () => {
  expect(await view('scout')).toMatchObject({ cli: `claude@${version}`, outdated: false });
  const used = await hive.hivectl(['toolchain', 'use', `claude@${OTHER}`]);
  expect(used).toMatchObject({ code: 0, stdout: expect.stringContaining('2 boxes keep their version') });
  expect(await view('scout')).toMatchObject({ cli: `claude@${version}`, outdated: true });
  expect(await cliOf('scout')).toContain(`/opt/hive/claude/${version}/`);

  const early = await hive.hivectl(['toolchain', 'rm', `claude@${version}`]);
  expect(early).toMatchObject({
    code: 75,
    stderr: expect.stringContaining('The boxes of manager, scout were made with'),
  });
  const inUse = await hive.hivectl(['toolchain', 'rm', `claude@${OTHER}`]);
  expect(inUse).toMatchObject({ code: 75, stderr: expect.stringContaining('is the version in use') });

  expect(await hive.hivectl(['rebuild', '--all', '--when-idle', '--wait'])).toMatchObject({ code: 0 });
  await hive.allIdle();
  expect(await view('scout')).toMatchObject({ cli: `claude@${OTHER}`, outdated: false });
  expect(await cliOf('scout')).toContain(`/opt/hive/claude/${OTHER}/`);
  expect(await hive.hivectl(['toolchain', 'rm', `claude@${version}`])).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await hive.hivectl(['toolchain', 'ls']);
  expect(stdout).toMatch(new RegExp(`claude +${OTHER} +in use .*manager scout`));
  expect(stdout).toMatch(new RegExp(`claude +${version} +can be added`));
});

test('without its CLI an agent is not created; the error has the command that adds it', async () => {
  expect(await hive.hivectl(['toolchain', 'rm', 'gemini'])).toMatchObject({ code: 0 });
  const { code, stderr } = await hive.hivectl(['create', 'gem', '--driver', 'gemini']);
  expect([code, stderr]).toEqual([
    69,
    'error: The driver "gemini" needs the CLI gemini, which is not in the hive\'s toolchain. Add it on the host: hivectl toolchain add gemini\n',
  ]);
  const { stdout } = await hive.hivectl(['drivers']);
  expect(stdout).toMatch(/^gemini +missing: hivectl toolchain add gemini/m);
  expect(stdout).toMatch(new RegExp(`^claude +claude ${OTHER} `, 'm'));
  expect((await hive.admin.call('listAgents', {})).agents.map(({ name }) => name)).toEqual(['manager', 'scout']);
});
