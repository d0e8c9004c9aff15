import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startDaemon } from './start-daemon.ts';

const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-daemon-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a daemon’s output is appended to its log, and its end is known', async () => {
  const output = { logFile: join(dir, 'log'), mode: 0o600 };
  for (const word of ['one', 'two']) {
    const daemon = await startDaemon({ argv: ['/bin/sh', '-c', `echo ${word}; echo err >&2; exit 7`], env }, output);
    expect(await daemon.ended).toEqual({ code: 7, signal: null, error: null });
    expect(daemon.end()).toEqual({ code: 7, signal: null, error: null });
  }
  expect(await readFile(output.logFile, 'utf8')).toBe('one\nerr\ntwo\nerr\n');
  expect((await stat(output.logFile)).mode & 0o777).toBe(0o600);
});

test('a daemon is signalled while it runs; a missing program has ended with its reason', async () => {
  const output = { logFile: join(dir, 'log'), mode: 0o600 };
  const daemon = await startDaemon({ argv: ['/bin/sleep', '1000'], env }, output);
  expect(daemon.end()).toBeNull();
  daemon.signal('SIGTERM');
  expect(await daemon.ended).toMatchObject({ signal: 'SIGTERM' });
  const missing = await startDaemon({ argv: ['no-such-program'], env }, output);
  expect(missing.pid).toBeNull();
  expect(await missing.ended).toMatchObject({ error: { code: 'ENOENT' } });
});
