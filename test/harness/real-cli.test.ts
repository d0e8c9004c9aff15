import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COLLIDING } from '../../harness/driver/claude/launch.ts';
import { listTools } from '../../protocol/told/list-tools.ts';
import type { AgentName } from '../../protocol/names.ts';
import { GREETING } from './fake-hived.ts';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed();
});
afterEach(async () => {
  await bed.close();
});

const finished = (count: number) =>
  waitFor(() => bed.hived.finishes.length >= count && bed.hived.finishes, `${count} finished turns\n${bed.log()}`);
const eventsOf = (kind: string) => bed.hived.events.filter((event) => event.kind === kind);
const event = (kind: string, fits: (data: Record<string, unknown>) => boolean = () => true) =>
  waitFor(() => eventsOf(kind).find((one) => fits(one.data)), `an event ${kind}\n${bed.log()}`);

describe('a turn with the real Claude Code', () => {
  test('about one message needs no recv; the receipt, the transcript, usage and the session are reported', async () => {
    await bed.start();
    bed.hived.deliver('what is new?');
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ outcome: 'done', reason: null, notBefore: null, toolCalls: 0 });
    expect(turn?.text).toContain('what is new?');
    expect(turn?.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(turn?.usage.inputTokens).toBeGreaterThan(0);
    expect(turn?.usage.costUsd).toBeGreaterThan(0);
    expect((await event('delivery.in_context')).data).toEqual({ turn: 1, messages: [11] });
    expect((await event('turn.text')).data).toMatchObject({ turn: 1, truncated: false });
    expect((await event('cli.started')).data).toMatchObject({ sessionId: turn?.sessionId });
    await event('harness.state', (data) => data['state'] === 'working');
    expect(bed.hived.hellos).toHaveLength(1);
  });

  test('a CLI that is to be let go ends with that reason, and the next turn starts another one', async () => {
    await bed.start();
    bed.hived.letGo = 'Memory is short on this machine.';
    bed.hived.deliver('one');
    await finished(1);
    await event('cli.exited', ({ why }) => why === 'Memory is short on this machine.');
    bed.hived.deliver('two');
    const [first, second] = await finished(2);
    expect(second).toMatchObject({ outcome: 'done', sessionId: first?.sessionId });
    await waitFor(() => eventsOf('cli.started').length === 2, 'a second process');
  });

  test('tools reach the hive through MCP, and the model gets their errors', async () => {
    await bed.start();
    bed.hived.deliver(
      '@send {"to":"manager","body":"hello"}\n@status {}\n@thread {"id":3}\n@remind {"body":"later","in_seconds":5}',
    );
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ outcome: 'done', toolCalls: 4 });
    expect(bed.hived.sent).toEqual([{ to: 'manager', body: 'hello', kind: 'note', key: expect.any(String) }]);
    await waitFor(() => eventsOf('turn.tool_result').length === 4, 'four results');
    const results = eventsOf('turn.tool_result').map(({ data }) => [data['ok'], data['text']]);
    expect(results).toContainEqual([false, 'unknown_message: There is no such message that you can see.']);
    expect(results).toContainEqual([true, expect.stringContaining('"parent":"manager"')]);
  });

  test('recv brings more mail into the turn, with a receipt of its own', async () => {
    await bed.start();
    bed.hived.deliver('@recv {}', { body: 'second', broadcast: true, from: 'manager' as AgentName }, 'third');
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ outcome: 'done', toolCalls: 1 });
    await event('delivery.in_context', (data) => JSON.stringify(data['messages']) === '[12,13]');
    const [result] = eventsOf('turn.tool_result');
    expect(result?.data['text']).toContain('<message id="12" thread="12" from="manager" kind="note"');
    expect(result?.data['text']).toContain('it may need nothing from you');
  });

  test('mail that is more than the CLI shows in one result is receipted only when the model has all of it', async () => {
    await bed.start();
    const small = Array.from({ length: 9 }, (_, n) => `${'x'.repeat(6_000)} END-${n}.`);
    bed.hived.deliver('@recv {"limit":50}', ...small, `${'y'.repeat(53_000)} END-9.`);
    await waitFor(() => bed.hived.handled.length === 11, `all of it is done\n${bed.log()}`);
    const asked = JSON.stringify(bed.requests.map(({ body }) => body.messages));
    for (let n = 0; n < 10; n += 1) expect(asked).toContain(`END-${n}.`);
    expect(asked).not.toContain('persisted-output');
    const inContext = () => eventsOf('delivery.in_context').flatMap(({ data }) => data['messages'] as number[]);
    await waitFor(() => new Set(inContext()).size === 11, 'a receipt for each');
    expect(new Set(bed.hived.finishes.map(({ outcome }) => outcome))).toEqual(new Set(['done']));
  });

  test.each([
    ['plain text', 'a line of a long message. '],
    ['a script with several tokens a character', '\u{12000}\u{1F9D1}\u200D\u{1F680}\uA000'],
  ])(
    'an answer of a tool that is more than the CLI shows is cut by the hive, with a file of the whole: %s',
    async (_, piece) => {
      const view = (id: number) => ({
        id,
        thread: 1,
        inReplyTo: null,
        from: 'manager' as AgentName,
        to: 'scout' as AgentName,
        kind: 'note' as const,
        priority: null,
        body: `BEGIN-${id} ${piece.repeat(4_000 / piece.length)}`,
        at: 0,
        turn: null,
        data: {},
        receipts: [],
      });
      const messages = Array.from({ length: 30 }, (_unused, at) => view(at + 1));
      bed.hived.thread = { thread: 1, state: 'open', messages, more: false };
      await bed.start();
      bed.hived.deliver('@thread {"id":"#1","limit":100}');
      expect((await finished(1))[0]).toMatchObject({ outcome: 'done', toolCalls: 1 });
      const asked = JSON.stringify(bed.requests.at(-1)?.body.messages);
      expect(asked).not.toMatch(/persisted-output|exceeds maximum/);
      expect(asked).toContain('BEGIN-9 ');
      const path = /The whole answer is in (\S+);/.exec(asked)?.[1] ?? '';
      expect(await readFile(path, 'utf8')).toContain('BEGIN-30 ');
    },
  );

  test('the session continues from turn to turn in one process, and after a restart of the harness', async () => {
    await bed.start();
    bed.hived.deliver('the first words');
    const [first] = await finished(1);
    bed.hived.deliver('and the second');
    const [, second] = await finished(2);
    expect(second?.sessionId).toBe(first?.sessionId);
    expect(eventsOf('cli.started')).toHaveLength(1);
    expect(second?.usage.costUsd).toBeGreaterThan(0);
    // The second turn's cost is its own: about the first one's, not both together.
    expect(second?.usage.costUsd).toBeLessThan((first?.usage.costUsd ?? 0) * 1.6);

    expect(await bed.stop()).toEqual({ code: 0 });
    await bed.start();
    bed.hived.deliver('and the third');
    const [, , third] = await finished(3);
    expect(third?.sessionId).toBe(first?.sessionId);
    expect(JSON.stringify(bed.requests.at(-1)?.body.messages)).toContain('the first words');
    expect(new Set(bed.hived.hellos.map((hello) => hello.bootId)).size).toBe(2);
  });

  test('a session that is gone is replaced by a fresh one, and both sides are told', async () => {
    bed.hived.sessionId = '11111111-1111-4111-8111-111111111111';
    await bed.start();
    bed.hived.deliver('do you remember?');
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ outcome: 'done' });
    expect(turn?.sessionId).not.toBe('11111111-1111-4111-8111-111111111111');
    expect(JSON.stringify(bed.requests.at(-1)?.body.messages)).toContain('could not be restored');
    expect((await event('cli.exited')).data['why']).toContain('could not be found');
  });

  test('an interrupt stops the running tool; process and session stay', async () => {
    await bed.start();
    bed.hived.deliver('@Bash {"command":"sleep 60"}');
    await event('turn.tool_call');
    bed.hived.interrupt = true;
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ outcome: 'interrupted', reason: 'The operator interrupted it.' });
    bed.hived.interrupt = false;
    bed.hived.deliver('go on');
    const [, next] = await finished(2);
    expect(next).toMatchObject({ outcome: 'done', sessionId: turn?.sessionId });
    expect(eventsOf('cli.started')).toHaveLength(1);
  });

  test('a 429 parks the agent with a time and a reason; it continues afterwards', async () => {
    await bed.start();
    bed.hived.deliver('@demo {"status":429,"retryAfter":3600}');
    const before = Date.now();
    const [turn] = await finished(1);
    expect(turn?.outcome).toBe('rate_limited');
    expect(turn?.notBefore).toBeGreaterThan(before + 3_500_000);
    await waitFor(() => bed.hived.beats.some(({ status }) => status.state === 'rate_limited'), 'a beat that says so');
    const { data } = await event('harness.state', (state) => state['state'] === 'rate_limited');
    expect(data['until']).toBe(turn?.notBefore);
    bed.hived.deliver('again');
    const [, next] = await finished(2);
    expect(next?.outcome).toBe('done');
  });

  test('a refused key waits for a login', async () => {
    await bed.start();
    bed.hived.deliver('@demo {"status":403}');
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ outcome: 'needs_login', reason: expect.stringContaining('403') });
  });

  test('a gateway that restarts in the middle is waited for', async () => {
    await bed.closeGateway();
    await bed.start();
    bed.hived.deliver('are you there?');
    await event('turn.retry');
    await bed.openGateway();
    const [turn] = await finished(1);
    expect(turn?.outcome).toBe('done');
  });
});

describe('the size of a request', () => {
  test('of a trivial prompt stays under 20 KB, with the few tools of the spec, and without a key', async () => {
    await bed.start();
    bed.hived.deliver('hi');
    await finished(1);
    const [request] = bed.requests;
    expect(request?.bytes).toBeLessThan(20_000);
    const names = request?.body.tools.map((tool) => tool.name).sort();
    expect(names).toEqual([
      'Bash',
      'Edit',
      'Read',
      'Write',
      ...listTools({ isMember: false })
        .map(({ name }) => `mcp__hive__${name}`)
        .sort(),
    ]);
    expect(JSON.stringify(request?.headers)).not.toContain('sk-');
  });

  test('with every tool of the CLI allowed, none of its tools duplicates one of the hive', async () => {
    bed.hived.greeting = { spec: { ...GREETING.spec, tools: ['default'] } };
    await bed.start();
    bed.hived.deliver('hi');
    await finished(1);
    const names = bed.requests[0]?.body.tools.map((tool) => tool.name) ?? [];
    expect(names).toContain('WebFetch');
    expect(names.filter((name) => COLLIDING.includes(name))).toEqual([]);
    // A new tool of the CLI has to be reviewed before it is allowed.
    expect(names.filter((name) => /send|ask|remind|schedule|cron|wake|message|notif/i.test(name))).toEqual(
      names.filter((name) => name.startsWith('mcp__hive__') && /send|remind|schedule/.test(name)),
    );
  });

  test("the CLI sees nothing of the box's environment but what it needs", async () => {
    await bed.start();
    bed.hived.deliver('@Bash {"command":"env; git config user.name; git config user.email"}');
    await finished(1);
    const { data } = await event('turn.tool_result');
    expect(data['text']).not.toContain('HIVE_UNRELATED');
    expect(data['text']).toContain('ANTHROPIC_API_KEY=hive');
    expect(data['text']).toContain('scout\nscout@hive.local');
    // The MCP secret is in a file of the agent's own, not in any process's arguments.
    const { secret } = await bed.mcp();
    const pid = (await event('cli.started')).data['pid'] as number;
    expect(await readFile(join('/proc', String(pid), 'cmdline'), 'utf8')).not.toContain(secret);
  });
});
