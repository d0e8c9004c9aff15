import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exists } from '../../../system/exists.ts';
import { searchForSecrets } from '../../../wire/secret-search.ts';
import { createKnownSecrets, type KnownSecrets } from '../core/known-secrets.ts';
import { createSecretSearch } from './secret-search.ts';

let dir: string;
let socket: string;
let secrets: KnownSecrets;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-thread-'));
  socket = join(dir, 'search.sock');
  secrets = createKnownSecrets();
});
afterEach(async () => {
  // It makes files in the directory.
  for (const stop of stops.splice(0)) await stop();
  await rm(dir, { recursive: true });
});

async function start(script: string, idleMs?: number) {
  const errors: unknown[] = [];
  const threads: string[] = [];
  const search = createSecretSearch({
    script,
    socket,
    uid: null,
    secrets,
    onError: (error) => errors.push(error),
    onThread: (state) => threads.push(state),
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  stops.push(search.stop);
  await search.start();
  return { search, errors, threads };
}

async function bundleThread(): Promise<string> {
  const script = join(dir, 'secret-search.mjs');
  const entry = join(import.meta.dirname, 'secret-search-thread.ts');
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return script;
}

const find = (text: string) =>
  searchForSecrets(
    { socket, patienceMs: 60_000 },
    async function* () {
      yield Buffer.from(text);
    },
    new AbortController().signal,
  );

test('finds the secrets of the moment, through a socket of its user alone that is gone with it', async () => {
  secrets.learn('agents', [{ name: 'FIRST', value: 'f1rst-v4lue-Qz8' }]);
  const { search, errors } = await start(await bundleThread());
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  expect(await find('a f1rst-v4lue-Qz8')).toEqual([{ name: 'FIRST', at: 2 }]);
  secrets.learn('keys', [{ name: 'SECOND', value: 's3cond-v4lue-Xw7' }]);
  await vi.waitFor(async () => expect(await find('s3cond-v4lue-Xw7')).toEqual([{ name: 'SECOND', at: 0 }]));
  secrets.learn('agents', []);
  await vi.waitFor(async () => expect(await find('f1rst-v4lue-Qz8')).toEqual([]));
  await search.stop();
  expect(await exists(socket)).toBe(false);
  expect(errors).toEqual([]);
});

test('there is a thread from the first search until none came for a while, and again at the next one', async () => {
  secrets.learn('agents', [{ name: 'FIRST', value: 'f1rst-v4lue-Qz8' }]);
  const { errors, threads } = await start(await bundleThread(), 1);
  expect(threads).toEqual([]);
  expect(await find('a f1rst-v4lue-Qz8')).toHaveLength(1);
  await vi.waitFor(() => expect(threads.slice(0, 2)).toEqual(['begins', 'is gone']));
  // Somebody listens again.
  await vi.waitFor(async () => expect((await stat(socket)).mode & 0o777).toBe(0o600));
  // What was learned while there was none is known to the next one.
  secrets.learn('keys', [{ name: 'SECOND', value: 's3cond-v4lue-Xw7' }]);
  expect(await find('s3cond-v4lue-Xw7')).toEqual([{ name: 'SECOND', at: 0 }]);
  expect(threads.length).toBeGreaterThan(2);
  expect(errors).toEqual([]);
});

test('a thread that breaks is reported, and the next search has another one, with the present secrets', async () => {
  const script = join(dir, 'dies.mjs');
  const log = join(dir, 'log');
  await writeFile(
    script,
    `import { parentPort } from 'node:worker_threads';
    import { appendFileSync } from 'node:fs';
    parentPort.on('message', (secrets) => {
      appendFileSync(${JSON.stringify(log)}, secrets.map(({ name }) => name).join() + '\\n');
      if (secrets.length === 2) throw new Error('broken');
    });`,
  );
  secrets.learn('agents', [{ name: 'A', value: 'f1rst-v4lue-Qz8' }]);
  const { errors } = await start(script);
  const leaving = new AbortController();
  const searching = searchForSecrets({ socket, patienceMs: 60_000 }, async function* () {}, leaving.signal);
  searching.catch(() => undefined);
  await vi.waitFor(async () => expect(await readFile(log, 'utf8')).toBe('A\n'));
  secrets.learn('keys', [{ name: 'B', value: 's3cond-v4lue-Xw7' }]);
  await vi.waitFor(() => expect(errors.length).toBeGreaterThanOrEqual(2));
  expect(errors[0]).toMatchObject({ message: 'broken' });
  secrets.learn('keys', []);
  await vi.waitFor(async () => expect(await readFile(log, 'utf8')).toMatch(/^A\nA,B\n(?:A,B\n)+A\n$/));
  leaving.abort();
});

test('a thread that cannot begin fails the start', async () => {
  const search = createSecretSearch({
    script: join(dir, 'missing.mjs'),
    socket,
    uid: null,
    secrets,
    onError: () => undefined,
  });
  await expect(search.start()).rejects.toThrow('missing.mjs');
  await search.stop();
});
