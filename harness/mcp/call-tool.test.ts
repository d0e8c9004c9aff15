import { describe, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import type { ForgeClient } from '../hive-link/forge-client.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { createTurnMail } from '../turn/turn-mail.ts';
import { callTool } from './call-tool.ts';

const away = (sent: boolean) => new HiveError('hive_unreachable', undefined, { details: { sent } });

/** A hive that gives these answers, one per call; errors are thrown. */
function hiveOf(...answers: unknown[]) {
  const calls: { name: string; input: Record<string, unknown> }[] = [];
  const mail = createTurnMail();
  const call = (name: string, input: Record<string, unknown>) => {
    calls.push({ name, input });
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const parts = {
    hive: { call, close: () => undefined } as unknown as HiveClient,
    forge: { call } as unknown as ForgeClient,
    newKey: () => `key-${calls.length}`,
    now: Date.now,
    mail,
    stateDir: '/nowhere',
  };
  return { parts, calls, mail };
}

function mail(id: number, body = 'hi'): Delivered {
  const marks = { kind: 'note' as const, priority: null, broadcast: false, copy: false, redelivered: false, at: 0 };
  return {
    delivery: id + 100,
    id,
    thread: id,
    inReplyTo: null,
    from: 'operator',
    to: 'scout' as AgentName,
    body,
    data: {},
    ...marks,
  };
}

test('a call on which hived fails is no absence: it is retried a few times and reported as such', async () => {
  const broken = () => new HiveError('internal');
  const often = hiveOf(...Array.from({ length: 9 }, broken));
  expect(await callTool('send', { to: 'a', body: 'b' }, often.parts)).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^internal: the hive broke on this call/),
  });
  expect(often.calls).toHaveLength(5);
  const once = hiveOf(broken());
  await callTool('reminders', { action: 'change', id: 1, body: 'b' }, once.parts);
  expect(once.calls).toHaveLength(1);
});

test('a failure inside hived after a long absence is one failure: the call is tried again', async () => {
  const absences = Array.from({ length: 6 }, () => away(false));
  const sent = { id: 3, thread: 2, recipients: ['a'], duplicate: false };
  const { parts, calls } = hiveOf(...absences, new HiveError('internal'), sent);
  expect(await callTool('send', { to: 'a', body: 'b' }, parts)).toMatchObject({ isError: false });
  expect(calls).toHaveLength(8);
});

describe("the forge's tools", () => {
  const repo = {
    owner: 'scout',
    name: 'tool',
    description: '',
    defaultBranch: 'main',
    branches: 1,
    openPulls: 0,
    forkOf: null,
    head: { oid: 'a'.repeat(40), summary: 'first', author: 'scout', at: 0 },
    sizeBytes: 0,
    createdAt: 0,
    pushedAt: 0,
    access: 'merge',
  };

  test('a list is retried while the forge is down; the error text names the forge', async () => {
    const { parts, calls } = hiveOf(away(true), { repos: [repo] });
    expect(await callTool('repos', {}, parts)).toEqual({
      isError: false,
      text: '{"repo":"scout/tool","access":"merge","default_branch":"main","pushed":"1970-01-01T00:00:00Z","head":{"commit":"aaaaaaaaaaaa","at":"1970-01-01T00:00:00Z","author":"scout","summary":"first"}}',
    });
    expect(calls.map(({ name }) => name)).toEqual(['listRepos', 'listRepos']);
  });

  test('a repository that may have been created is not created again', async () => {
    const { parts, calls } = hiveOf(away(true));
    expect(await callTool('create_repo', { name: 'tool' }, parts)).toEqual({
      isError: true,
      text: 'hive_unreachable: the forge does not answer right now. Try the same call again in a minute.',
    });
    expect(calls).toHaveLength(1);
  });

  test('errors of the forge are reported by code and sentence', async () => {
    const { parts } = hiveOf(new HiveError('not_found', 'There is no branch x. There are: main.'));
    expect(await callTool('repo', { owner: 'scout', name: 'tool', branch: 'x' }, parts)).toEqual({
      isError: true,
      text: 'not_found: There is no branch x. There are: main.',
    });
  });
});

describe('send', () => {
  test('is repeated under one key while hived is down, even when it may have arrived', async () => {
    const { parts, calls } = hiveOf(away(false), away(true), { id: 3, thread: 2, recipients: ['a'], duplicate: false });
    expect(await callTool('send', { to: 'a', body: 'b', in_reply_to: null }, parts)).toEqual({
      text: '{"id":3,"thread":2}',
      isError: false,
    });
    const same = { to: 'a', body: 'b', key: 'key-0' };
    expect(calls.map(({ input }) => input)).toEqual([same, same, same]);
  });

  test('reports who will not read it now, until when and why', async () => {
    const waiting = [{ name: 'a', state: 'parked', until: Date.parse('2027-01-31T01:14:00Z'), reason: 'a limit' }];
    const { parts } = hiveOf({ id: 3, thread: 3, recipients: ['a'], duplicate: false, waiting });
    expect((await callTool('send', { to: 'a', body: 'b' }, parts)).text).toMatch(
      /"waiting":\[\{"name":"a","state":"parked","reason":"a limit","until":"2027-01-31.01:14:00/,
    );
  });

  test("keeps the model's own key, and reports an error in it", async () => {
    const { parts, calls } = hiveOf(new HiveError('unknown_agent', 'There is no agent "a".'));
    const answer = await callTool('send', { to: 'a', body: 'b', key: 'mine' }, parts);
    expect(answer).toEqual({ text: 'unknown_agent: There is no agent "a".', isError: true });
    expect(calls[0]?.input['key']).toBe('mine');
  });
});

test('a refusal gives the retry time, once', async () => {
  const full = new HiveError('rate_exceeded', 'You write too fast.', { details: { retryAfterMs: 2_500 } });
  const told = new HiveError('mailbox_full', 'Full. Try again in 3 s.', { details: { retryAfterMs: 2_500 } });
  const { parts } = hiveOf(full, told);
  const send = () => callTool('send', { to: 'a', body: 'b' }, parts);
  expect(await send()).toEqual({ text: 'rate_exceeded: You write too fast. Try again in 3 s.', isError: true });
  expect((await send()).text).toBe('mailbox_full: Full. Try again in 3 s.');
});

test.each([
  ['schedules', { action: 'pause', id: 1 }, false],
  ['reminders', { action: 'cancel', id: 3 }, false],
  ['reminders', {}, true],
  ['topics', { action: 'subscribe', topic: '#a' }, true],
  ['quiet', { minutes: 5 }, true],
  ['receipts', { id: 3 }, true],
])('%s %j is repeated when it may have been done: %s', async (tool, input, repeated) => {
  const { parts, calls } = hiveOf(away(true), new HiveError('forbidden'));
  expect((await callTool(tool, input, parts)).isError).toBe(true);
  expect(calls).toHaveLength(repeated ? 2 : 1);
});

test.each<[string, Record<string, unknown>]>([
  ['remind', { body: 'b', in_seconds: 1 }],
  ['schedule', { body: 'b', cron: '0 9 * * *' }],
])('%s is repeated under one key, even when it may have been stored', async (tool, input) => {
  const { parts, calls } = hiveOf(away(false), away(true), new HiveError('forbidden'));
  await callTool(tool, input, parts);
  expect(calls.map((call) => call.input['key'])).toEqual(['key-0', 'key-0', 'key-0']);
});

test('a change of a reminder is not repeated when it may have been made', async () => {
  const { parts, calls } = hiveOf(away(false), away(true), { id: 1 });
  const answer = await callTool('reminders', { action: 'change', id: 1, body: 'b' }, parts);
  expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('Try the same call again') });
  expect(calls).toHaveLength(2);
});

describe('recv', () => {
  test('fetches until no mail waits, and reports which messages are in the turn now', async () => {
    const { parts, mail: turn } = hiveOf({ messages: [mail(1)], waiting: 1 }, { messages: [mail(2)], waiting: 0 });
    const answer = await callTool('recv', {}, parts);
    expect(answer.text.match(/<message id="\d"/g)).toHaveLength(2);
    expect([turn.known(), turn.takeFetched(answer.text), turn.someUnseen()]).toEqual([[101, 102], [1, 2], false]);
  });

  test('stops at a size that the CLI still shows, and reports the rest', async () => {
    const long = 'x'.repeat(30_000);
    const {
      parts,
      calls,
      mail: turn,
    } = hiveOf(...[1, 2, 3, 4].map((id) => ({ messages: [mail(id, long)], waiting: 9 - id })));
    const answer = await callTool('recv', { limit: 50 }, parts);
    expect(calls).toHaveLength(2);
    expect(answer.text).toContain('7 more wait');
    expect(answer.text.length).toBeLessThan(40_000);
    // The second did not fit: it is written into the turn by itself.
    const said: number[] = [];
    turn.onHandOver((messages) => said.push(...messages.map(({ id }) => id)));
    expect([turn.takeFetched(answer.text), said, turn.someUnseen()]).toEqual([[1], [2], false]);
  });

  test.each([
    ['put aside', (text: string) => `<persisted-output>\nOutput too large.\nPreview:\n${text.slice(0, 100)}`],
    ['cut', (text: string) => text.slice(0, -20)],
    ['an error', () => 'MCP error -32001: Request timed out'],
  ])('a result that was %s is no receipt', async (_, shown) => {
    const { parts, mail: turn } = hiveOf({ messages: [mail(1, 'x'.repeat(500))], waiting: 0 });
    const answer = await callTool('recv', {}, parts);
    expect([turn.takeFetched(shown(answer.text)), turn.someUnseen()]).toEqual([[], true]);
  });

  test('a broken connection leaves the turn in doubt; messages fetched before are shown', async () => {
    const { parts, mail: turn } = hiveOf({ messages: [mail(1)], waiting: 5 }, away(true));
    const answer = await callTool('recv', {}, parts);
    expect(answer).toMatchObject({ isError: false, text: expect.stringContaining('5 more wait') });
    expect([turn.takeFetched(answer.text), turn.someUnseen()]).toEqual([[1], true]);
  });

  test('messages already in the turn are not shown twice', async () => {
    const { parts, mail: turn } = hiveOf({ messages: [mail(1), mail(2)], waiting: 0 });
    turn.admit([mail(1)]);
    const answer = await callTool('recv', {}, parts);
    expect(answer.text.match(/<message id="\d"/g)).toEqual(['<message id="2"']);
  });

  test('invalid input is refused with a sentence', async () => {
    const { parts, calls } = hiveOf();
    const answer = await callTool('recv', { limit: 'many' }, parts);
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('invalid_input: limit:') });
    expect(calls).toEqual([]);
  });
});

test('an unknown tool', async () => {
  expect(await callTool('hello', {}, hiveOf().parts)).toEqual({
    text: 'not_found: there is no tool "hello".',
    isError: true,
  });
});
