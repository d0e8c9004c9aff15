/** A changed spec in a real box, with the real CLI: which changes need another box and which do not. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager'] });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

const view = async () => (await hive.admin.call('getAgent', { name: 'manager' })).agent;

async function turnAbout(body: string) {
  const { id } = await hive.admin.call('send', { to: 'manager', body });
  const isAbout = (messages: unknown) => (messages as unknown[]).includes(id);
  await hive.event((event) => event.kind === 'turn.finished' && isAbout(event.data['messages']));
  return view();
}

test('another model and prompt are used in the next turn without another box, and the session continues', async () => {
  const before = await turnAbout('before the change');
  const edited = await hive.hivectl(['edit', 'manager', '--model', 'haiku', '--prompt', 'Count to seven first.']);
  expect(edited.stdout).toContain('manager: changed model, prompt. It has effect from its next turn on.');
  const after = await turnAbout('after the change');
  // The CLI stays warm after its turn.
  const script = 'cat /proc/[0-9]*/cmdline 2> /dev/null | tr "\\0" "\\n"; true';
  const said = (await hive.inBox('manager', ['sh', '-c', script])).output;
  expect(said).toContain('--model=haiku');
  expect(said).not.toContain(`--model=${before.spec.model}`);
  expect(said).toContain('Count to seven first.');
  expect(after).toMatchObject({
    outdated: false,
    boxId: before.boxId,
    generation: before.generation,
    sessionId: before.sessionId,
  });
});

test('another limit takes effect in the next box: outdated until a rebuild', async () => {
  const edited = await hive.hivectl(['edit', 'manager', '--cpus', '1.5']);
  expect(edited.stdout).toContain('Its box has it after a rebuild. Rebuild it now: hivectl rebuild manager');
  expect((await view()).outdated).toBe(true);
  await hive.hivectl(['rebuild', 'manager']);
  await hive.event((event) => event.kind === 'agent.rebuilt');
  expect((await view()).outdated).toBe(false);
});
