import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mailOf } from '../../harness/testing/mail-of.ts';
import { type CodexBed, openCodexBed } from './codex-bed.ts';

// What the driver codex makes of an app-server that does what the real one cannot be made to do.

const FIXTURE = join(import.meta.dirname, '../../harness/fixtures/codex-app-server');
let bed: CodexBed;

beforeEach(async () => {
  bed = await openCodexBed();
});
afterEach(() => bed.close());

const start = (scenario: string) =>
  bed.start({}, (program) => ({ ...program, path: FIXTURE, argv: [scenario], graceMs: 1_000 }));

test('every question is answered at once, and counted', async () => {
  await start('asks');
  const { verdict, text } = await bed.turn('hello');
  expect(verdict).toEqual({ kind: 'done' });
  expect(JSON.parse(text)).toMatchObject([
    { decision: 'decline' },
    { decision: 'decline' },
    { action: 'decline' },
    { permissions: {} },
    { answers: {} },
    { success: false },
    { decision: { denied: {} } },
    { code: -32_601 },
  ]);
  expect(bed.dataOf('turn.noise')).toMatchObject([{ lines: 8 }]);
});

test('a limit that would be waited for in silence ends the turn, and the process stays', async () => {
  await start('waits_at_limit');
  const { verdict } = await bed.turn('hello');
  expect(verdict).toMatchObject({ kind: 'rate_limited', resetsAt: null });
  expect(bed.dataOf('turn.retry')).toMatchObject([{ attempt: 1, status: 429 }]);
  expect(bed.dataOf('cli.exited')).toEqual([]);
});

test('a limit ends when the provider said so', async () => {
  await start('hits_limit');
  const { verdict } = await bed.turn('hello');
  expect(verdict).toMatchObject({ kind: 'rate_limited', resetsAt: 1_900_000_000_000 });
});

test('a tool whose result is too long to be read has ended', async () => {
  await start('prints_long_result');
  const report = await bed.turn('hello');
  expect(report).toMatchObject({ verdict: { kind: 'done' }, text: 'after it', toolCalls: 1 });
  expect(bed.dataOf('turn.tool_result')).toMatchObject([{ id: 't1', ok: true, text: '(too large to show)' }]);
});

test('a text joins a turn that the CLI began by itself, also between two turns of the hive', async () => {
  await start('begins_by_itself');
  const first = await bed.turn('hello');
  expect(first).toMatchObject({ verdict: { kind: 'done' }, text: 'it joined' });
  const { sessionId } = first;
  expect(await bed.turn('hello', { sessionId })).toMatchObject({ verdict: { kind: 'done' }, text: 'it joined' });
  expect(bed.dataOf('delivery.in_context').flatMap(({ messages }) => messages)).toEqual([41, 41]);
});

test('an interrupt before the first sign of life ends the process, and the next turn runs', async () => {
  await start('hangs');
  const stop = new AbortController();
  stop.abort('operator');
  const { verdict } = await bed.turn('hello', { signal: stop.signal });
  expect(verdict).toMatchObject({ kind: 'interrupted' });
  expect(bed.driver().say({ text: 'too late', messages: [mailOf(43)] })).toBe(false);
  await start('answers');
  expect((await bed.turn('hello again')).text).toBe('hello again');
});
