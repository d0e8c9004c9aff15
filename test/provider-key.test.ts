import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockProvider, startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { STREAM } from '../host/gateway/protocols/anthropic/fixtures/answers.ts';
import { searchBox } from './support/search-box.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

const MARKER = `sk-ant-test-MARKER${'0123456789abcdef'.repeat(3)}`;
let hive: TestHive;
let upstream: MockProvider;
beforeAll(async () => {
  upstream = await startMockProvider(STREAM);
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: { providers: { anthropic: { base_url: upstream.url } } },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await upstream.close();
});

describe('the provider’s key', () => {
  /** Sends an agent a message and waits for the turn about it. */
  async function turnAbout(body: string) {
    const { id } = await hive.admin.call('send', { to: 'scout', body });
    return hive.event((event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id));
  }

  test('is used by the gateway alone: in no box, log, transcript, error or listing', async () => {
    // Vulnerability: a key that reaches a box, or is stored in files that operators copy around, leaks.
    // Scenario: a turn with the key; then an upstream that echoes the key in an error; then everything is searched.
    const set = await hive.hivectl(['provider', 'set', 'anthropic'], `${MARKER}\n`);
    expect(set).toMatchObject({ code: 0 });
    expect((await turnAbout('a turn with the key')).data).toMatchObject({ outcome: 'done' });
    expect(upstream.seen.at(-1)?.headers['x-api-key']).toBe(MARKER);

    const answer = upstream.answer;
    upstream.answer = (response) => {
      response.writeHead(400, { 'content-type': 'application/json', 'x-echo': MARKER });
      const error = { type: 'invalid_request_error', message: `the key ${MARKER} is not good enough` };
      response.end(JSON.stringify({ type: 'error', error }));
    };
    const failed = await turnAbout('a turn that ends in an error');
    expect(failed.data['outcome']).not.toBe('done');
    expect(JSON.stringify(failed)).toContain('redacted');
    upstream.answer = answer;
    await hive.admin.call('restartAgent', { name: 'scout' });
    await hive.until(
      async () => (await hive.admin.call('listAgents', {})).agents.every((agent) => agent.queued + agent.leased === 0),
      'all mail to be handled',
    );

    for (const agent of ['scout', 'manager']) {
      const { found, files, processes } = await searchBox(hive, agent, MARKER);
      expect(found).toEqual([]);
      expect(files).toBeGreaterThan(5);
      expect(processes).toBeGreaterThanOrEqual(2);
    }
    expect(await filesHolding(hive.root)).toEqual([join(hive.root, 'secrets/anthropic.key')]);
    expect(await filesHolding(hive.run)).toEqual([]);
    for (const name of ['environ', 'cmdline']) expect(await processesHolding(name)).toEqual([]);
    const said = await Promise.all(
      [['events', '--json'], ['provider', 'ls', '--json'], ['status', '--json'], ['logs', 'scout'], ['doctor']].map(
        (args) => hive.hivectl(args),
      ),
    );
    for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(MARKER);
    const boxes = await Promise.all(
      (await hive.containers()).map((box) => new Docker().getContainer(box.Id).inspect()),
    );
    expect(JSON.stringify(boxes)).not.toContain(MARKER);
  });

  test('is stored in one file that only root can read, and the refusal of a bad one does not repeat it', async () => {
    const modes = await Promise.all(['secrets', 'secrets/anthropic.key'].map((name) => stat(join(hive.root, name))));
    expect(modes.map(({ mode, uid }) => [mode & 0o777, uid])).toEqual([
      [0o700, 0],
      [0o600, 0],
    ]);
    const refused = await hive.hivectl(['provider', 'set', 'anthropic'], `${MARKER} with words behind it\n`);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).not.toContain(MARKER);
    expect(await readFile(join(hive.root, 'secrets/anthropic.key'), 'utf8')).toBe(`${MARKER}\n`);
  });

  test('is no longer used once it is removed', async () => {
    const before = upstream.seen.length;
    expect((await hive.hivectl(['provider', 'remove', 'anthropic'])).code).toBe(0);
    // Its mail waits: the demo model does not answer in the provider's place until the operator says so.
    const { data } = await turnAbout('a turn without the key');
    expect(data).toMatchObject({ outcome: 'needs_login', reason: expect.stringContaining('No key is set') as string });
    expect((await hive.hivectl(['provider', 'demo'])).code).toBe(0);
    await hive.event(
      (event) =>
        event.kind === 'turn.finished' &&
        event.data['outcome'] === 'done' &&
        String(event.data['messages']) === String(data['messages']),
    );
    expect(upstream.seen.slice(before)).toEqual([]);
    expect(await readdir(join(hive.root, 'secrets'))).toEqual([]);
  });
});

/** Files below a directory that contain the key. */
async function filesHolding(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(MARKER)) found.push(path);
  }
  return found;
}

/** Processes of this machine, except this one, whose environment or arguments contain the key. */
async function processesHolding(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry) && entry !== String(process.pid))) {
    const text = await readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
    if (text.includes(MARKER)) found.push(`${pid} ${text.slice(0, 80)}`);
  }
  return found;
}
