import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SpooledEvent } from '../../../protocol/schemas/harness.ts';
import type { Driver, TurnRequest } from '../driver.ts';
import { mailOf } from '../../testing/mail-of.ts';
import { type ClaudeParts, createClaudeDriver } from './claude-driver.ts';
import { createSessionFiles } from './session-files.ts';
import { readRssBytes } from '../../../system/process/inspect-process.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

let home = '';
let events: { kind: SpooledEvent['kind']; data: Record<string, unknown> }[] = [];
const drivers: Driver[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'driver-'));
  events = [];
});

afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.letGo('The test is over.')));
  await rm(home, { recursive: true, force: true });
});

function driverOf(program: string, more: Partial<ClaudeParts> = {}): Driver {
  const driver = createClaudeDriver({
    claudePath: join(fixtures, program),
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '' },
    sessions: createSessionFiles(home),
    plan: { spec: { model: 'm', tools: [] }, systemPrompt: '', mcpConfigPath: '/dev/null' },
    warmIdleMs: 60_000,
    prepare: async () => undefined,
    emit: (kind, data) => void events.push({ kind, data }),
    record: () => undefined,
    newUuid: randomUUID,
    now: Date.now,
    graceMs: 200,
    ...more,
  });
  drivers.push(driver);
  return driver;
}

function turn(more: Partial<TurnRequest> = {}): TurnRequest {
  return {
    turn: 7,
    prompt: { text: 'hello', messages: [mailOf(41), mailOf(42)] },
    sessionId: null,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    takeFetched: () => [],
    takeAllFetched: () => [],
    ...more,
  };
}

const kinds = () => events.map((event) => event.kind);
const dataOf = (kind: SpooledEvent['kind']) => events.filter((event) => event.kind === kind).map((event) => event.data);

describe('a CLI that misbehaves ends a turn, never the harness', () => {
  test('garbage between valid lines is counted and ignored', async () => {
    const report = await driverOf('prints-garbage').runTurn(turn());
    expect(report.verdict).toEqual({ kind: 'done' });
    expect(dataOf('turn.noise')).toEqual([{ turn: 7, lines: 4, sample: 'Segmentation fault (just kidding)' }]);
    expect(dataOf('delivery.in_context')).toEqual([{ turn: 7, messages: [41, 42] }]);
  });

  test('a conversation that is compacted again and again is given up', async () => {
    const report = await driverOf('compacts-for-ever').runTurn(turn());
    expect(report.verdict).toMatchObject({
      kind: 'failed',
      sessionSpent: true,
      reason: expect.stringContaining('compacted'),
    });
  });

  test('death in the middle of a line', async () => {
    const report = await driverOf('dies-mid-json').runTurn(turn());
    expect(report.verdict).toMatchObject({ kind: 'failed', reason: expect.stringContaining('out of memory, or so') });
    expect(report.sessionId).toBe('11111111-2222-4333-8444-555555555555');
    expect(dataOf('cli.exited')).toMatchObject([{ code: 134, signal: null }]);
  });

  test('a directory that cannot be prepared starts no CLI, loses no session, and is retried', async () => {
    let failing = true;
    const prepare = async () => {
      if (failing) throw new Error('EACCES: permission denied, open mcp.json');
    };
    const driver = driverOf('rate-allowed', { prepare });
    const report = await driver.runTurn(turn({ sessionId: 'abc' }));
    const reason = "The CLI's directory cannot be prepared: EACCES: permission denied, open mcp.json";
    expect(report).toMatchObject({ verdict: { kind: 'cli_broken', reason }, sessionId: 'abc' });
    expect(kinds()).toEqual([]);
    failing = false;
    expect((await driver.runTurn(turn())).verdict).toEqual({ kind: 'done' });
  });

  test('a hang is interrupted, then killed, and the next turn gets a new process', async () => {
    const driver = driverOf('hangs');
    const report = await driver.runTurn(turn({ timeoutMs: 300 }));
    expect(report.verdict).toEqual({ kind: 'timed_out', reason: 'The turn took longer than 300 ms.' });
    expect(await driver.rssBytes()).toBeNull();
    const again = await driver.runTurn(turn({ timeoutMs: 300 }));
    expect(again.verdict.kind).toBe('timed_out');
    await expect.poll(() => kinds().filter((kind) => kind === 'cli.exited')).toHaveLength(2);
  });

  // Observed on a busy machine: the agent had no `send`, could report it to nobody, and its message counted as
  // handled.
  test("a CLI that begins without the hive's tools is ended before it acts, retried once, then a failure", async () => {
    const report = await driverOf('begins-without-tools').runTurn(turn());
    expect(report.verdict).toMatchObject({
      kind: 'cli_broken',
      reason: "The CLI began without the hive's tools, twice.",
    });
    expect(kinds().filter((kind) => kind === 'cli.started')).toHaveLength(2);
    expect(kinds()).not.toContain('turn.text');
  });

  test('a CLI that never speaks', async () => {
    const report = await driverOf('says-nothing', { firstLineMs: 200 }).runTurn(turn());
    expect(report.verdict).toMatchObject({
      kind: 'cli_broken',
      reason: 'The CLI said nothing that can be understood.',
    });
  });

  test('a line of 50 MB costs little memory and not the turn', async () => {
    const before = (await readRssBytes('self')) ?? 0;
    const report = await driverOf('huge-line').runTurn(turn());
    expect(report).toMatchObject({ verdict: { kind: 'done' }, text: 'after it' });
    expect(dataOf('turn.noise')).toEqual([{ turn: 7, lines: 1, sample: '(a line longer than 4 MiB)' }]);
    expect(((await readRssBytes('self')) ?? 0) - before).toBeLessThan(40 * 1024 * 1024);
  });

  test('a tool result that is too large for a line ends its tool and is reported', async () => {
    const report = await driverOf('huge-result').runTurn(turn());
    expect(report).toMatchObject({ verdict: { kind: 'done' }, text: 'seen it', toolCalls: 1 });
    expect(dataOf('turn.tool_result')).toEqual([
      { turn: 7, id: 'toolu_01huge', ok: true, text: '(too large to show)', truncated: false },
    ]);
    expect(kinds()).not.toContain('turn.noise');
  });

  test('a warning that the CLI prints at each start is never reported as the cause of its death', async () => {
    const mute = await driverOf('dies-with-warnings').runTurn(turn());
    expect(mute.verdict).toMatchObject({ kind: 'failed', reason: 'The CLI ended by SIGKILL.' });
    expect(dataOf('cli.exited')).toMatchObject([{ why: 'The CLI ended by SIGKILL.' }]);
    const env = { PATH: process.env['PATH'] ?? '', LAST_WORDS: 'panic: out of ideas' };
    const last = await driverOf('dies-with-warnings', { env }).runTurn(turn());
    expect(last.verdict).toMatchObject({ reason: 'The CLI ended by SIGKILL. It said: panic: out of ideas' });
  });

  test('a CLI that is not installed', async () => {
    const report = await driverOf('no-such-program').runTurn(turn());
    expect(report.verdict).toMatchObject({
      kind: 'cli_broken',
      reason: expect.stringContaining('could not be started'),
    });
  });

  test('a CLI that ignores SIGTERM is killed, and so is its child', async () => {
    const driver = driverOf('ignores-sigterm');
    const report = await driver.runTurn(turn());
    await driver.letGo('enough');
    expect(await readRssBytes(Number(report.text))).toBeNull();
    expect(dataOf('cli.exited')).toEqual([{ code: null, signal: 'SIGKILL', why: 'enough' }]);
  });

  test('a CLI that asks its host for permission is answered at once, whatever it asks', async () => {
    const report = await driverOf('asks-leave').runTurn(turn());
    expect(report).toMatchObject({ verdict: { kind: 'done' }, text: 'r1 error, r2 error' });
    expect(dataOf('turn.noise')).toEqual([
      { turn: 7, lines: 2, sample: '(the CLI asked "can_use_tool" and was refused)' },
    ]);
  });

  test('a CLI that falls silent is stopped, and its mail is not blamed; a running tool may be silent', async () => {
    const driver = driverOf('falls-silent', { silentMs: 300 });
    const running = driver.runTurn(turn());
    await expect.poll(() => driver.activity()?.tool?.name).toBe('Bash');
    const { since } = driver.activity()?.tool ?? { since: 0 };
    await expect.poll(() => Date.now() - since).toBeGreaterThan(600);
    expect(driver.activity()?.tool?.name).toBe('Bash');
    await writeFile(join(home, 'go'), '');
    await expect.poll(() => driver.activity()?.tool ?? null).toBeNull();
    expect((await running).verdict).toEqual({
      kind: 'outage',
      reason: 'The CLI said nothing for 300 ms while no tool was running.',
    });
    expect(driver.activity()).toBeNull();
  });

  test('a long answer that is still arriving from the provider is no silence', async () => {
    const driver = driverOf('answers-later', { silentMs: 200, providerHeardAt: Date.now });
    const startedAt = Date.now();
    const running = driver.runTurn(turn());
    await expect.poll(() => Date.now() - startedAt).toBeGreaterThan(600);
    await writeFile(join(home, 'go'), '');
    expect(await running).toMatchObject({ verdict: { kind: 'done' }, text: 'at last' });
  });

  test('a result of anything but the prompt ends nothing', async () => {
    const report = await driverOf('ends-something-else').runTurn(turn());
    expect(report).toMatchObject({ verdict: { kind: 'done' }, text: 'the answer' });
    expect(dataOf('turn.text').map(({ text }) => text)).toEqual(['at work', 'the answer']);
  });

  test('an interrupt by the operator', async () => {
    const stop = new AbortController();
    const running = driverOf('falls-silent').runTurn(turn({ signal: stop.signal }));
    await expect.poll(kinds).toContain('turn.tool_call');
    stop.abort('operator');
    expect((await running).verdict).toEqual({ kind: 'interrupted', reason: 'The operator interrupted it.' });
  });
});

describe('limits and logins', () => {
  test('rejected until a time', async () => {
    const { verdict } = await driverOf('rate-limited').runTurn(turn());
    expect(verdict).toMatchObject({ kind: 'rate_limited', resetsAt: 4_102_444_800_000 });
    // The CLI has the prompt in its session, but no model saw it.
    expect(dataOf('delivery.in_context')).toEqual([]);
  });

  test('an "allowed" event and a model that talks about limits and logins pause nothing; totals become differences', async () => {
    const driver = driverOf('rate-allowed');
    const first = await driver.runTurn(turn());
    const second = await driver.runTurn(turn({ sessionId: first.sessionId }));
    expect([first.verdict.kind, second.verdict.kind]).toEqual(['done', 'done']);
    const each = { inputTokens: 200, outputTokens: 20, cacheReadTokens: 2, cacheWriteTokens: 0, costUsd: 0.5 };
    expect([first.usage, second.usage]).toEqual([each, each]);
    expect(kinds().filter((kind) => kind === 'cli.started')).toHaveLength(1);
  });

  test('a missing login', async () => {
    const { verdict } = await driverOf('needs-login').runTurn(turn());
    expect(verdict).toEqual({ kind: 'needs_login', reason: 'Not logged in · Please run /login' });
  });

  test('the CLI does not wait out a pause of an hour', async () => {
    const before = Date.now();
    const { verdict } = await driverOf('waits-long').runTurn(turn());
    expect(verdict.kind).toBe('rate_limited');
    expect(verdict.kind === 'rate_limited' && verdict.resetsAt).toBeGreaterThanOrEqual(before + 3_600_000);
  });
});

describe('mail written into a turn', () => {
  const more = { text: 'more', messages: [mailOf(43)] };

  test('is refused when no turn runs', async () => {
    const driver = driverOf('rate-allowed');
    expect(driver.say(more)).toBe(false);
    await driver.runTurn(turn());
    expect(driver.say(more)).toBe(false);
  });

  // The first answer alone would have completed the turn, with a message that no model saw.
  test('and never accepted leaves the turn failed, and its process gets no other turn', async () => {
    const driver = driverOf('hears-once', { firstLineMs: 5_000 });
    const running = driver.runTurn(turn());
    await expect.poll(kinds).toContain('turn.text');
    expect(driver.say(more)).toBe(true);
    const report = await running;
    expect(report).toMatchObject({
      verdict: { kind: 'cli_broken', reason: 'The CLI said nothing that can be understood.' },
      text: 'the first answer',
    });
    expect(dataOf('delivery.in_context')).toEqual([{ turn: 7, messages: [41, 42] }]);
    await expect.poll(kinds).toContain('cli.exited');
  });

  test('does not prevent the turn’s time-out', async () => {
    const driver = driverOf('hears-once');
    const running = driver.runTurn(turn({ timeoutMs: 6_000 }));
    await expect.poll(kinds).toContain('turn.text');
    driver.say(more);
    expect(await running).toMatchObject({ verdict: { kind: 'timed_out' }, text: 'the first answer' });
    await expect.poll(kinds).toContain('cli.exited');
  });

  test('does not delay an interrupt of the operator', async () => {
    const stop = new AbortController();
    const driver = driverOf('hears-once');
    const running = driver.runTurn(turn({ signal: stop.signal }));
    await expect.poll(kinds).toContain('turn.text');
    driver.say(more);
    stop.abort('operator');
    expect(driver.say(more)).toBe(false);
    expect((await running).verdict.kind).toBe('interrupted');
    await expect.poll(kinds).toContain('cli.exited');
  });
});

test('an idle process is ended', async () => {
  const driver = driverOf('rate-allowed', { warmIdleMs: 50 });
  await driver.runTurn(turn());
  await expect.poll(kinds).toContain('cli.exited');
  expect(dataOf('cli.exited')).toEqual([{ code: 0, signal: null, why: 'Nothing to do.' }]);
});
