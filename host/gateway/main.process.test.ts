import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { Client } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GatewayControl } from '../../protocol/schemas/service.ts';
import {
  configureLine,
  makeSurroundings,
  MANAGER,
  messages,
  providersLine,
  type Surroundings,
} from './fixtures/run-gateway.ts';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { STREAM } from './protocols/anthropic/fixtures/answers.ts';
import type { ProviderName } from '../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

/** The gateway as hived runs it: a bundle, in a process, with control lines on its stdin. */
let bundleDir: string;
let around: Surroundings;
const running: ChildProcessWithoutNullStreams[] = [];

beforeAll(async () => {
  bundleDir = await mkdtemp(join(tmpdir(), 'hive-gwb-'));
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: join(bundleDir, 'gateway.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});
afterAll(() => rm(bundleDir, { recursive: true, force: true }));

beforeEach(async () => {
  around = await makeSurroundings();
});
afterEach(async () => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await around.remove();
});

type Setups = Parameters<typeof providersLine>[1];

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<number | null>;
  readonly ready: Promise<unknown>;
  say(line: GatewayControl): void;
  stderr(): string;
}

function start(): Started {
  const child = spawn(process.execPath, [join(bundleDir, 'gateway.mjs')], { env: {}, stdio: 'pipe' });
  running.push(child);
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return {
    child,
    ended: once(child, 'exit').then(([code]) => code as number | null),
    ready: once(createInterface({ input: child.stdout }), 'line'),
    say: (line) => child.stdin.write(`${JSON.stringify(line)}\n`),
    stderr: () => stderr,
  };
}

/** `setups`: the providers' keys; without one, the demo model answers. */
async function startServing(baseUrl = 'http://127.0.0.1:9', setups: Setups = new Map()): Promise<Started> {
  // A socket that is there already is an older gateway's: this one serves when it has put its own in its place.
  const before = await inodeOf(around.socketOf(MANAGER));
  const gateway = start();
  gateway.say(configureLine(around, {}));
  gateway.say(providersLine(baseUrl, setups));
  gateway.say({ type: 'agents', agents: [{ name: MANAGER, provider: ANTHROPIC, ...around.socketsOf(MANAGER) }] });
  expect(await gateway.ready).toEqual(['{"ready":true}']);
  await vi.waitFor(async () => {
    const now = await inodeOf(around.socketOf(MANAGER));
    expect(now).not.toBeNull();
    expect(now).not.toBe(before);
  });
  return gateway;
}

async function inodeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ ino }) => ino,
    () => null,
  );
}

async function ask(prompt: string): Promise<string> {
  return request({ method: 'POST', path: '/v1/messages', body: messages(prompt) });
}

async function request(options: { method: 'GET' | 'POST'; path: string; body?: string }): Promise<string> {
  const client = new Client('http://hive', { socketPath: around.socketOf(MANAGER) });
  try {
    return await (await client.request(options)).body.text();
  } finally {
    await client.destroy();
  }
}

/** A call that is under way long enough for something to happen meanwhile. */
const SLEEPY = '@demo {"sleepMs":1500,"text":"slept well"}';

test('when hived dies, what is under way is finished and reported, then it exits', async () => {
  const gateway = await startServing();
  const asked = ask(SLEEPY);
  // A second call that has been answered proves that the first one has arrived.
  await ask('hello');
  gateway.child.stdin.end();
  expect(await asked).toContain('slept well');
  expect(await gateway.ended).toBe(0);
  expect(around.batches.flat()).toHaveLength(2);
  await expect(access(around.socketOf(MANAGER))).rejects.toThrow();
});

test('a successor takes over at once; the older self ends without harm to it', async () => {
  const older = await startServing();
  const asked = ask(SLEEPY);
  await ask('hello');
  const younger = await startServing();
  older.child.stdin.end();
  expect(await asked).toContain('slept well');
  expect(await older.ended).toBe(0);
  expect(await ask('@demo {"text":"the younger"}')).toContain('the younger');
  younger.child.stdin.end();
  expect(await younger.ended).toBe(0);
});

describe('a gateway that is killed', () => {
  let provider: MockProvider;
  let gateway: Started;
  beforeEach(async () => {
    provider = await startMockProvider(STREAM);
    gateway = await startServing(provider.url, new Map([[ANTHROPIC, { keys: { main: 'sk-the-hives-own-key' } }]]));
  });
  afterEach(() => provider.close());

  const kill = async () => {
    gateway.child.kill('SIGKILL');
    await gateway.ended;
  };
  /** A free call is answered: by then, what was sent to the provider before it is there, too. */
  const listModels = () => request({ method: 'GET', path: '/v1/models' });
  /** Requests that the provider could work on: it has all of the body. */
  const paid = () => provider.seen.filter(({ method, body }) => method === 'POST' && body !== '');

  test('while hived stores the beginnings of calls has sent none of them', async () => {
    let release = (): void => undefined;
    around.holdUsage = new Promise<void>((resolve) => {
      release = resolve;
    });
    // hived has the first one in its hands; of the others it has not heard yet.
    const asked = [ask('one').catch(() => 'cut off')];
    await vi.waitFor(() => expect(around.usageHeld).toBe(1));
    asked.push(...['two', 'three'].map((prompt) => ask(prompt).catch(() => 'cut off')));
    await listModels();
    await kill();
    release();
    expect(await Promise.all(asked)).toEqual(['cut off', 'cut off', 'cut off']);
    expect(paid()).toEqual([]);
  });

  test('in the middle of calls has had every one of them stored, also while hived was away in between', async () => {
    let answers = 0;
    provider.answer = (response, { method }) => {
      if (method === 'GET') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      answers += 1;
      return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(STREAM[0] ?? '');
    };
    const asked = [ask('one').catch(() => 'cut off')];
    await vi.waitFor(() => expect(answers).toBe(1));
    await around.stopHived();
    asked.push(...['two', 'three'].map((prompt) => ask(prompt).catch(() => 'cut off')));
    await listModels();
    expect(answers).toBe(1);
    await around.startHived();
    await vi.waitFor(() => expect(answers).toBe(3));
    await kill();
    await Promise.all(asked);
    expect(new Set(around.started.map(({ id }) => id)).size).toBe(3);
  });
});

test('SIGTERM ends it when its reports are stored', async () => {
  const gateway = await startServing();
  await ask('hello');
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended).toBe(0);
  expect(around.batches.flat()).toHaveLength(1);
});

test.each([
  ['a line that fits nothing', { type: 'nonsense' }],
  ['a line before configure', { type: 'agents', agents: [] }],
])('%s ends it, for its supervisor to see', async (_, line) => {
  const gateway = start();
  gateway.child.stdin.write(`${JSON.stringify(line)}\n`);
  expect(await gateway.ended).toBe(70);
  expect(gateway.stderr()).toContain('control line refused');
});

test('an agent that has left has no socket; one whose directory was made anew gets one', async () => {
  const gateway = await startServing();
  const everyone: GatewayControl = {
    type: 'agents',
    agents: [{ name: MANAGER, provider: ANTHROPIC, ...around.socketsOf(MANAGER) }],
  };
  gateway.say({ type: 'agents', agents: [] });
  await vi.waitFor(() => expect(access(around.socketOf(MANAGER))).rejects.toThrow());
  gateway.say(everyone);
  await vi.waitFor(() => access(around.socketOf(MANAGER)));
  await rm(around.socketOf(MANAGER));
  gateway.say(everyone);
  await vi.waitFor(() => access(around.socketOf(MANAGER)));
  expect(await ask('@demo {"text":"here"}')).toContain('here');
});
