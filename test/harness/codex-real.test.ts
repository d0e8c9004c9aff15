import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DriverPlace } from '../../harness/driver/driver.ts';
import { mailOf } from '../../harness/testing/mail-of.ts';
import { type CodexBed, openCodexBed } from './codex-bed.ts';

// What the driver codex does beyond the contract, with the real Codex and the demo model.

/** As long as an answer of the hive may be, in a script that takes many tokens. */
const LONG = '中'.repeat(39_000);
let bed: CodexBed;

beforeEach(async () => {
  bed = await openCodexBed((tool) => (tool === 'whoami' ? { long: LONG } : { id: 7, thread: 7 }));
  await bed.start();
});
afterEach(() => bed.close());

const lastRequest = () => JSON.stringify(bed.requests.at(-1)?.body);
const toolRuns = () => expect.poll(() => bed.dataOf('turn.tool_call').length).toBe(1);

test('a conversation continues in another process, with the model and the instructions of then', async () => {
  const first = await bed.turn('the first words');
  const changed: Partial<DriverPlace> = { systemPrompt: 'You are another test.' };
  await bed.start(changed);
  const second = await bed.turn('the second words', { sessionId: first.sessionId });
  expect(second).toMatchObject({ verdict: { kind: 'done' }, sessionId: first.sessionId });
  expect(lastRequest()).toContain('the first words');
  expect(lastRequest()).toContain('You are another test.');
  expect(lastRequest()).not.toContain('You are a test.');
  // Each request of the demo model is counted once, in the turn that made it.
  const [one, two] = [first.usage.inputTokens, second.usage.inputTokens];
  expect(one).toBeGreaterThan(1_000);
  expect(two).toBeGreaterThan(one);
  expect(two).toBeLessThan(1.5 * one);
});

test('a changed model is used by the same conversation', async () => {
  const first = await bed.turn('hello');
  const spec = { role: 'tester', driver: 'codex', model: 'lab-1', image: 'none', tools: [], prompt: '' } as const;
  const limits = { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 };
  await bed.start({ spec: { ...spec, tools: [], limits, turnTimeoutMs: 60_000 } });
  await bed.turn('hello again', { sessionId: first.sessionId });
  expect(bed.requests.map(({ body }) => body.model)).toEqual(['gpt-5-mini', 'lab-1']);
});

test('requests carry the placeholder for a key, and the name of Codex', async () => {
  await bed.turn('hello');
  const headers = bed.requests[0]?.headers;
  expect(headers).toMatchObject({ authorization: 'Bearer hive', originator: 'codex_hyperhive' });
  expect(headers?.['user-agent']).toMatch(/^codex_hyperhive\/\d/);
  expect(lastRequest().length).toBeLessThan(20_000);
});

test("the longest answer of the hive's tools reaches the model completely", async () => {
  await bed.turn('@status {}');
  expect(lastRequest()).toContain(LONG);
});

test('a command that still runs when its turn is interrupted, or ends, is ended', async () => {
  const stop = new AbortController();
  const running = bed.turn('@exec_command {"cmd":"sleep 4711"}', { signal: stop.signal });
  await toolRuns();
  stop.abort('operator');
  expect((await running).verdict.kind).toBe('interrupted');
  await expect.poll(() => commandLines('sleep 4711')).toEqual([]);
  expect(bed.dataOf('turn.tool_result')).toMatchObject([{ ok: false, text: '(ended with the turn)' }]);
  const left = await bed.turn('@exec_command {"cmd":"sleep 4712","yield_time_ms":250}');
  expect(left.verdict.kind).toBe('done');
  await expect.poll(() => commandLines('sleep 4712')).toEqual([]);
});

test('mail for a turn whose model writes its answer is read after it, in the same turn', async () => {
  const running = bed.turn('@demo {"sleepMs":1000}');
  await expect.poll(() => bed.requests.length).toBe(1);
  expect(bed.driver().say({ text: 'one thing', messages: [mailOf(43)] })).toBe(true);
  expect(bed.driver().say({ text: 'another thing', messages: [mailOf(44)] })).toBe(true);
  expect((await running).verdict).toEqual({ kind: 'done' });
  expect(lastRequest()).toContain('another thing');
  expect(bed.dataOf('delivery.in_context').flatMap(({ messages }) => messages)).toEqual([41, 43, 44]);
});

test('a refused request gives no receipt', async () => {
  expect((await bed.turn('@demo {"status":400}')).verdict).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('(400)'),
  });
  expect(bed.dataOf('delivery.in_context')).toEqual([]);
});

test('what it asks its client is answered "no" at once, and the turn goes on', async () => {
  await bed.start({}, (program) => ({
    ...program,
    argv: [...program.argv, '-c', 'approval_policy="on-request"', '-c', 'sandbox_mode="read-only"'],
  }));
  const call = { cmd: 'touch made', sandbox_permissions: 'require_escalated', justification: 'to make it' };
  const report = await bed.turn(`@exec_command ${JSON.stringify(call)}`);
  expect(report.verdict).toEqual({ kind: 'done' });
  expect(bed.dataOf('turn.noise')).toMatchObject([
    { sample: '(the CLI asked "item/commandExecution/requestApproval" and was refused)' },
  ]);
  expect(bed.dataOf('turn.tool_result')).toMatchObject([{ ok: false }]);
});

test('without the tools of the hive no turn begins, and the conversation is kept', async () => {
  const { sessionId } = await bed.turn('hello');
  await bed.start({ mcp: { url: 'http://127.0.0.1:1/mcp', token: 'secret' } });
  const report = await bed.turn('hello again', { sessionId });
  const reason = "The CLI could not connect to the hive's tools.";
  expect(report).toMatchObject({ verdict: { kind: 'cli_broken', reason }, sessionId });
  expect(bed.requests).toHaveLength(1);
  await bed.start();
  expect(await bed.turn('and now?', { sessionId })).toMatchObject({ verdict: { kind: 'done' }, sessionId });
});

test('changes of files are shown as such', async () => {
  const patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: note.txt\n+hello\n*** End Patch\nEOF";
  await bed.turn(`@exec_command ${JSON.stringify({ cmd: patch })}`);
  expect(bed.dataOf('turn.tool_call')).toMatchObject([
    { tool: 'apply_patch', input: expect.stringContaining('hello') },
  ]);
});

/** The command lines of running processes that contain these words. */
async function commandLines(words: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.includes(words));
}
