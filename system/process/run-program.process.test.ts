import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const sh = (script: string) => ({ argv: ['/bin/sh', '-c', script] as const, env });

test('the result has the program’s end and both its outputs', async () => {
  expect(await runProgram(sh('cat; echo err >&2; exit 3'), { input: 'out' })).toEqual({
    code: 3,
    signal: null,
    error: null,
    stdout: 'out',
    stderr: 'err\n',
    stopped: null,
  });
});

// A socket on stdin makes bash read ~/.bashrc, as it does for a remote shell.
test('a program without input reads nothing, and its stdin is not a socket', async () => {
  expect(await runProgram(sh('readlink /proc/self/fd/0; cat'))).toMatchObject({ code: 0, stdout: '/dev/null\n' });
});

test('of long output only the start or the end is kept, and all of it is read', async () => {
  const lots = sh('seq 1 200000; seq 1 200000 >&2');
  const start = await runProgram(lots, { keep: { side: 'start', maxBytes: 6 } });
  expect(start).toMatchObject({ code: 0, stdout: '1\n2\n3\n', stderr: '1\n2\n3\n' });
  const end = await runProgram(lots, { keep: { side: 'end', maxBytes: 7 }, stderr: 'merged' });
  expect(end).toMatchObject({ code: 0, stdout: '200000\n', stderr: '' });
});

test('a program that writes more than allowed is stopped when `stopsWhenFull` is set', async () => {
  const result = await runProgram(sh('exec yes'), { keep: { side: 'start', maxBytes: 4 }, stopsWhenFull: true });
  expect(result).toMatchObject({ signal: 'SIGKILL', stdout: 'y\ny\n', stopped: 'too_much_output' });
});

test('an abort ends a program after its grace period, also an abort before the start', async () => {
  const script = 'trap "echo bye; exit 4" TERM; echo up; while :; do sleep 0.01; done';
  expect(await runProgram(sh(script), { signal: AbortSignal.abort() })).toMatchObject({
    signal: 'SIGKILL',
    stopped: 'aborted',
  });
  const stop = new AbortController();
  const running = runProgram(sh(`kill -s TERM $$; ${script}`), { signal: stop.signal, graceMs: 600_000 });
  stop.abort();
  expect((await running).stopped).toBe('aborted');
});

test('a program that takes too long is stopped', async () => {
  expect(await runProgram(sh('exec sleep 1000'), { limitMs: 10 })).toMatchObject({
    signal: 'SIGKILL',
    stopped: 'late',
  });
});

test('a missing program is a result with an error', async () => {
  expect(await runProgram({ argv: ['no-such-program'], env })).toMatchObject({
    code: null,
    error: { code: 'ENOENT' },
    stopped: null,
  });
});
