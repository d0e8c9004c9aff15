import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import { adminSurface } from '../../protocol/operations/admin.ts';
import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { runHivectl } from './testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive, STATUS } from './testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});
const fleet = () => ({
  agents: [
    agentView('manager', { turns: 3, queued: 2 }),
    agentView('scout', { state: 'rate_limited', reason: 'too many requests', until: 90_000, queued: 2, riding: 1 }),
  ],
  lastSeq: 7,
});

describe('with a stand-in hive', () => {
  test('ps is a table within the terminal’s width, with reasons; --json is the operation’s answer', async () => {
    hive = await openStandInHive({ status: () => STATUS, listAgents: fleet });
    const table = await runHivectl(hive.socket, ['ps'], { columns: 60 });
    for (const line of table.out.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    const piped = await runHivectl(hive.socket, ['ps']);
    expect(piped.out).toContain('rate limited');
    expect(piped.out).toContain('too many requests; again in 1m 30s');
    expect(piped.out).toContain('2 waiting');
    expect(piped.out).toContain('1 waiting, 1 rides along');
    const json = await runHivectl(hive.socket, ['ps', '--json']);
    expect(adminSurface.listAgents.output.parse(JSON.parse(json.out))).toEqual(fleet());
  });

  test('--json may come before or after the command', async () => {
    hive = await openStandInHive({ status: () => STATUS, listAgents: fleet });
    const before = await runHivectl(hive.socket, ['--json', 'ps']);
    expect(JSON.parse(before.out)).toEqual(fleet());
  });

  test('models says who answers each name, who does otherwise and why', async () => {
    const entry = (provider: string, more: object) => ({
      provider,
      model: 'm',
      state: 'ready',
      until: null,
      answers: false,
      ...more,
    });
    const models = [
      {
        name: 'worker',
        entries: [entry('anthropic', { state: 'limited', until: 3_600_000 }), entry('openai', { answers: true })],
        agents: ['scout', 'coder'],
      },
    ];
    hive = await openStandInHive({ listModels: () => adminSurface.listModels.output.parse({ models }) });
    const { out } = await runHivectl(hive.socket, ['models']);
    const [head, ...rows] = out
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(head).toEqual(['NAME', 'ENTRY', 'ANSWERS', 'STATE', 'AGENTS']);
    expect(rows).toEqual([
      ['worker', 'anthropic/m', 'under a limit, ends in 1h', 'scout, coder'],
      ['openai/m', 'yes', 'ready'],
    ]);
    const json = await runHivectl(hive.socket, ['models', '--json']);
    expect(JSON.parse(json.out)).toEqual({ models });
  });

  test('an empty hive says what to do next', async () => {
    hive = await openStandInHive({
      status: () => STATUS,
      listAgents: () => ({ agents: [], lastSeq: 0 }),
      listThreads: () => ({ threads: [] }),
      inbox: () => ({ messages: [], unread: 0 }),
    });
    expect((await runHivectl(hive.socket, ['ps'])).out).toContain('hivectl create');
    expect((await runHivectl(hive.socket, ['thread'])).out).toContain('hivectl send');
    expect((await runHivectl(hive.socket, ['inbox'])).out).toContain('hivectl send');
  });

  test('the error about an unknown agent suggests the nearest name', async () => {
    hive = await openStandInHive({
      status: () => STATUS,
      listAgents: fleet,
      stopAgent: ({ name }) => {
        throw new HiveError('unknown_agent', `There is no agent "${name}".`);
      },
    });
    expect(await runHivectl(hive.socket, ['stop', 'scuot'])).toEqual({
      code: 66,
      out: '',
      err: 'error: There is no agent "scuot". Did you mean "scout"?\n',
    });
    expect((await runHivectl(hive.socket, ['stop', 'zebra'])).err).toContain('There are: manager, scout.');
  });

  test('a suggestion in hived’s own error is not repeated', async () => {
    hive = await openStandInHive({
      status: () => STATUS,
      listAgents: fleet,
      listEvents: () => ({ events: [], lastSeq: 7 }),
      getAgent: ({ name }) => {
        throw new HiveError('unknown_agent', `There is no agent "${name}". There are: manager, scout.`);
      },
    });
    const err = 'error: There is no agent "zebra". There are: manager, scout.\n';
    expect(await runHivectl(hive.socket, ['ps', 'zebra'])).toEqual({ code: 66, out: '', err });
    expect(await runHivectl(hive.socket, ['events', '--agent', 'zebra'])).toEqual({ code: 66, out: '', err });
  });

  test('exit codes come from the error table', async () => {
    hive = await openStandInHive({
      startAgent: () => {
        throw new HiveError('wrong_state', 'Cannot start: it is running already.');
      },
    });
    expect(await runHivectl(hive.socket, ['start', 'scout'])).toMatchObject({
      code: 75,
      err: 'error: Cannot start: it is running already.\n',
    });
  });

  test('a message is sent exactly as typed, from the arguments or from stdin', async () => {
    const sent: unknown[] = [];
    hive = await openStandInHive({
      send: (input) => {
        sent.push(input);
        return { id: 5, thread: 5, recipients: [input.to], duplicate: false };
      },
    });
    await runHivectl(hive.socket, ['send', 'scout', 'hello', 'there', '--reply-to', '3', '--key', 'k']);
    await runHivectl(hive.socket, ['send', 'scout', '-'], { stdin: Buffer.from('日本\n') });
    expect(sent).toEqual([
      { to: 'scout', body: 'hello there', in_reply_to: 3, key: 'k', kind: 'note' },
      { to: 'scout', body: '日本\n', kind: 'note' },
    ]);
  });

  test('bytes on stdin that are not UTF-8 are refused and nothing is sent', async () => {
    let calls = 0;
    hive = await openStandInHive({
      send: () => {
        calls += 1;
        return { id: 1, thread: 1, recipients: [], duplicate: false };
      },
    });
    const ran = await runHivectl(hive.socket, ['send', 'scout', '-', '--json'], {
      stdin: Uint8Array.of(0x61, 0xff, 0x62),
    });
    expect(ran.code).toBe(64);
    expect(JSON.parse(ran.err)).toMatchObject({
      error: { code: 'invalid_input', message: expect.stringContaining('byte 1') },
    });
    expect(calls).toBe(0);
  });

  test('a provider’s key comes from stdin and is never printed', async () => {
    const keys: string[] = [];
    hive = await openStandInHive({
      setProvider: ({ provider, key = '' }) => {
        keys.push(key);
        return { provider, hasKey: true, label: 'main' };
      },
    });
    const ran = await runHivectl(hive.socket, ['provider', 'set', 'anthropic'], {
      stdin: Buffer.from('sk-secret-key\n'),
    });
    expect(ran.code).toBe(0);
    expect(keys).toEqual(['sk-secret-key']);
    expect(ran.out + ran.err).not.toContain('sk-secret');
  });

  test('a login comes from its file and is never printed; what is no such file is said before anything is sent', async () => {
    const logins: (string | undefined)[] = [];
    const opened = await openStandInHive({
      setProvider: ({ provider, login }) => {
        logins.push(login);
        return { provider, hasKey: true, label: 'main' };
      },
    });
    hive = opened;
    const dir = mkdtempSync(join(tmpdir(), 'hive-login-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'auth.json');
    writeFileSync(file, '{"tokens":{"refresh_token":"rt_never-to-be-seen"}}');
    writeFileSync(join(dir, 'large'), 'x'.repeat(70_000));
    writeFileSync(join(dir, 'bytes'), Buffer.from([0xff, 0xfe]));
    const set = (...more: string[]) => runHivectl(opened.socket, ['provider', 'set', 'openai', ...more]);
    const done = await set('--login', file);
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain('Delete the file and do not use it elsewhere');
    expect(done.out).not.toContain('rt_never');
    for (const [given, words] of [
      ['absent', 'cannot be read (ENOENT)'],
      ['.', 'cannot be read (EISDIR)'],
      ['large', 'is over 64 KiB'],
      ['bytes', 'is not UTF-8'],
    ] as const)
      expect(await set('--login', join(dir, given))).toMatchObject({
        code: 64,
        err: expect.stringContaining(words) as string,
      });
    expect(await set('--login', file, '--setup-token')).toMatchObject({ code: 64 });
    expect(logins).toEqual(['{"tokens":{"refresh_token":"rt_never-to-be-seen"}}']);
  });

  test('a test of the provider reports the problem in one line, and fails with 69', async () => {
    const bad = { ok: false, about: 'key' as const, found: 'https://p refuses the key (401).', advice: 'Set another.' };
    let result: ProviderTest = bad;
    hive = await openStandInHive({ testProvider: () => result });
    expect(await runHivectl(hive.socket, ['provider', 'test', 'anthropic'])).toEqual({
      code: 69,
      out: '✖ key: https://p refuses the key (401). Set another.\n',
      err: '',
    });
    result = { ok: true, about: null, found: 'https://p takes the key', advice: null };
    const fine = await runHivectl(hive.socket, ['provider', 'test', 'anthropic']);
    expect(fine).toEqual({ code: 0, out: '✔ https://p takes the key\n', err: '' });
  });

  test('control sequences in an agent’s own texts move no cursor', async () => {
    const evil = agentView('scout', { activity: '\u001B[2Jgone\u0007', state: 'working' });
    hive = await openStandInHive({ status: () => STATUS, listAgents: () => ({ agents: [evil], lastSeq: 1 }) });
    expect((await runHivectl(hive.socket, ['ps'])).out).toContain('gone');
    expect((await runHivectl(hive.socket, ['ps'])).out).not.toContain('\u001B');
  });

  test('the doctor fails with 69 when something is broken', async () => {
    hive = await openStandInHive({
      doctor: () => ({
        checks: [{ name: 'container engine', ok: false, level: 'fail', found: 'away', advice: 'Start it.' }],
      }),
    });
    const ran = await runHivectl(hive.socket, ['doctor']);
    expect(ran.code).toBe(69);
    expect(ran.out).toContain('✖ container engine: away');
    expect(ran.out).toContain('    Start it.');
  });
});
