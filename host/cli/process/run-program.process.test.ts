import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from '../../../system/process/inspect-process.ts';
import { runProgram, startDaemon } from './run-program.ts';
import { waitUntil } from './wait-until.ts';

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
const signal = new AbortController().signal;

test('the result has the program’s exit code and the end of its output', async () => {
  expect(await runProgram('sh', { args: ['-c', 'echo out; echo err >&2; exit 3'], env, signal })).toEqual({
    code: 3,
    output: 'out\nerr\n',
  });
});

test('a missing program is a failed step that names it', async () => {
  await expect(runProgram('no-such-program', { args: [], env, signal })).rejects.toMatchObject({
    code: 'setup_failed',
  });
});

test('Ctrl-C ends a program and its children', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-run-'));
  const interrupt = new AbortController();
  const pidFile = join(dir, 'pid');
  const running = runProgram('sh', {
    args: ['-c', `sleep 60 & echo $! > ${pidFile}; wait`],
    env,
    signal: interrupt.signal,
  });
  const readPid = () =>
    readFile(pidFile, 'utf8').then(
      (text) => Number(text) || null,
      () => null,
    );
  const pid = (await waitUntil(readPid, { everyMs: 10, withinMs: 5_000, signal })) ?? 0;
  interrupt.abort();
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  expect(await waitUntil(async () => (isAlive(pid) ? null : true), { everyMs: 10, withinMs: 5_000, signal })).toBe(
    true,
  );
  await rm(dir, { recursive: true });
});

test('a daemon that cannot be started is a failed step that names it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-run-'));
  const starting = startDaemon(['no-such-program'], { env, logFile: join(dir, 'log') });
  await expect(starting).rejects.toMatchObject({ code: 'setup_failed' });
  await rm(dir, { recursive: true });
});
