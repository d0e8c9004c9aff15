import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Agents that are programs (docs/drivers.md) in real boxes, declared as an operator declares them.

let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager'] });
  await hive.start();
});
afterAll(() => hive.close());

/** Writes the page's example in this language, unchanged, to a file that agents see. */
async function placeExample(language: string, file: string): Promise<void> {
  const page = await readFile(join(import.meta.dirname, '../docs/drivers.md'), 'utf8');
  const example = [...page.matchAll(/```(\w+)\n([^]*?)```/g)].find(
    ([, name, text]) => name === language && text?.startsWith('#!'),
  );
  await writeFile(join(hive.root, 'shared', file), example?.[2] ?? '', { mode: 0o755 });
}

async function create(name: string, command: string): Promise<void> {
  const made = await hive.hivectl(['create', name, '--driver', 'script', '--command', command, '--memory', '512']);
  expect(made).toMatchObject({ code: 0, stderr: '' });
}

async function send(to: string, body: string): Promise<number> {
  const sent = await hive.hivectl(['send', to, body, '--json']);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  return (JSON.parse(sent.stdout) as { id: number }).id;
}

/** The answer to a message, once its delivery is done. Its step "in context" comes by the spool, maybe later. */
async function answerTo(id: number) {
  await hive.until(async () => {
    const { messages } = await hive.admin.call('getThread', { id });
    const [receipt] = messages[0]?.receipts ?? [];
    return receipt?.state === 'done' && receipt.inContextAt !== null;
  }, `message ${id} is handled`);
  const { messages } = await hive.admin.call('getThread', { id });
  return messages.find((message) => message.inReplyTo === id);
}

test.each([
  ['sh', 'bot.sh', 'sh /shared/bot.sh'],
  ['python', 'bot.py', 'python3 /shared/bot.py'],
  ['js', 'bot.mjs', 'node /shared/bot.mjs'],
])('the example in %s answers each message, and its sender gets the answer', async (language, file, command) => {
  await placeExample(language, file);
  await create(language, command);
  expect(await answerTo(await send(language, 'hello there'))).toMatchObject({
    from: language,
    to: 'operator',
    body: '11 characters',
  });
  const finished = await hive.event((event) => event.kind === 'turn.finished' && event.agent === language);
  expect(finished.data).toMatchObject({ outcome: 'done' });
});

test('hivectl ps shows the driver of an agent, and its program', async () => {
  expect((await hive.hivectl(['ps'])).stdout).toMatch(/python .*script/);
  expect((await hive.hivectl(['ps', 'python'])).stdout).toContain('["python3","/shared/bot.py"]');
});

test('a program that crashes, hangs or prints garbage has its named outcome; its mail is redelivered until a program handles it', async () => {
  await create('bad', '["sh","-c","echo boom >&2; kill -SEGV $$"]');
  const id = await send('bad', 'hello');
  const endOf = (outcome: string, reason: string) =>
    hive.event(
      ({ kind, agent, data }) =>
        kind === 'turn.finished' &&
        agent === 'bad' &&
        data['outcome'] === outcome &&
        String(data['reason']).includes(reason),
    );
  const change = async (...options: string[]) =>
    expect(await hive.hivectl(['edit', 'bad', ...options])).toMatchObject({ code: 0, stderr: '' });
  await endOf('failed', 'The program ended by SIGSEGV. It said: boom');
  await change('--command', 'echo nonsense');
  await endOf('failed', 'The program ended with code 0. It gave no result.');
  const noise = await hive.event(({ kind, agent }) => kind === 'turn.noise' && agent === 'bad');
  expect(noise.data).toMatchObject({ lines: 1, sample: 'nonsense' });
  await change('--command', 'sleep 600', '--turn-timeout', '2s');
  await endOf('timed_out', 'The turn took longer than 2000 ms.');
  await change('--command', 'node /shared/bot.mjs', '--turn-timeout', '60s');
  expect(await answerTo(id)).toMatchObject({ from: 'bad', body: '5 characters' });
});

test('a spec that does not fit its driver is refused with a message', async () => {
  const none = await hive.hivectl(['create', 'nobody', '--driver', 'script']);
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain('the driver "script" runs a program of yours');
  const both = await hive.hivectl(['create', 'nobody', '--command', 'true']);
  expect(both.stderr).toContain('takes no command');
  const unknown = await hive.hivectl(['create', 'nobody', '--driver', 'scrpt']);
  expect(unknown.stderr).toContain('--driver is one of');
});
