import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTakeover, type Takeover, type TakeoverEngine } from '../turn/takeover.ts';
import { serveAttach } from './serve-attach.ts';
import { useAttach } from './use-attach.ts';

let dir: string;
let path: string;
let takeover: Takeover;
let door: Awaited<ReturnType<typeof serveAttach>>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'attach-'));
  path = join(dir, 'attach.sock');
  takeover = createTakeover();
  said.length = 0;
  door = await serveAttach(takeover, path);
});

afterEach(async () => {
  await door.close();
  await rm(dir, { recursive: true });
});

/** The hive holds the agent; `more` replaces what the engine says. */
function serve(script: string, more: Partial<TakeoverEngine> = {}): void {
  takeover.serve({
    facts: () => ({ sessionId: 's', hasTerminal: true }),
    isHeldForPerson: async () => true,
    turnRuns: () => false,
    turnOver: async () => undefined,
    launch: async () => ({ argv: [process.execPath, '-e', script], env: { GIVEN: '3' }, cwd: dir }),
    left: async () => undefined,
    ...more,
  });
}

const never = new AbortController().signal;
const said: string[] = [];
const use = ({ at = path, variables = {}, signal = never } = {}) =>
  useAttach(at, { variables, say: (line) => said.push(line), signal });
/** Waits until a file is there, which a script writes. */
const written = (name: string) => expect.poll(() => readFile(join(dir, name), 'utf8').catch(() => '')).not.toBe('');
const STAYS = 'require("fs").writeFileSync("began", "x"); setInterval(() => undefined, 1_000)';

test('the CLI runs with its own environment and that of the terminal; turns wait until it has ended', async () => {
  serve('process.exit(Number(process.env.GIVEN) + Number(process.env.TERMINAL))');
  expect(await use({ variables: { TERMINAL: '4' } })).toBe(7);
  await takeover.takeBack(never);
});

test('without a hold of the hive nobody gets the conversation: a program of the agent cannot keep its mail waiting', async () => {
  serve('', { isHeldForPerson: async () => false });
  expect(await use()).toBe(75);
  expect(said).toEqual(['The hive has not opened this conversation. Use: hivectl attach NAME']);
});

test('without a harness there is nothing to attach to', async () => {
  expect(await use({ at: join(dir, 'other.sock') })).toBe(69);
  expect(said.join()).toContain('does not answer');
});

test('whoever comes during a turn is told to wait, and Ctrl-C ends that', async () => {
  serve('', {
    turnRuns: () => true,
    turnOver: (gone) => new Promise((resolve) => gone.addEventListener('abort', () => resolve())),
  });
  const interrupt = new AbortController();
  const waiting = use({ signal: interrupt.signal });
  await expect.poll(() => said.join()).toContain('A turn runs');
  interrupt.abort();
  expect(await waiting).toBe(75);
  await takeover.takeBack(never);
});

test('a turn ends the CLI of whoever still has the conversation', async () => {
  serve(STAYS);
  const running = use();
  await written('began');
  await takeover.takeBack(never);
  expect(await running).toBe(1);
});

test('a program that takes the conversation and stays is cut off after a while', async () => {
  await door.close();
  door = await serveAttach(takeover, path, { leaveMs: 20 });
  serve('');
  const socket = createConnection({ path, allowHalfOpen: true });
  await once(socket, 'data');
  await takeover.takeBack(never);
  socket.destroy();
});

test('the end of the harness ends the CLI', async () => {
  serve(STAYS);
  const running = use();
  await written('began');
  await door.close();
  expect(await running).toBe(1);
  door = await serveAttach(takeover, path);
});
