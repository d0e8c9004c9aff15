import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withoutDescriptors } from '../testing/no-descriptors.ts';
import { isAlive } from './inspect-process.ts';
import { type Program, startProgram, type StartOptions } from './start-program.ts';

const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const NO_GRACE_NEEDED_MS = 10 * 60_000;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-program-'));
});
afterEach(() => rm(dir, { recursive: true }));

function startScript(script: string, options: StartOptions = {}): Program {
  const program = startProgram({ argv: ['/bin/sh', '-c', script], env, cwd: dir }, options);
  program.stderr.resume();
  return program;
}

/** The pid that a script wrote into a file. */
async function readPid(file: string): Promise<number> {
  return vi.waitFor(async () => {
    const text = await readFile(join(dir, file), 'utf8');
    expect(text).toMatch(/^\d+\n$/);
    return Number(text);
  });
}

async function textOf(program: Program): Promise<string> {
  return Buffer.concat(await program.stdout.toArray()).toString();
}

describe('a start', () => {
  test('gives the program its arguments as they are, exactly its environment, and pipes', async () => {
    const argv = ['/bin/sh', '-c', 'read -r line; echo "$line|$1|$(env | grep -c HOME)"', 'sh', '$HOME * "'] as const;
    const program = startProgram({ argv, env });
    program.stderr.resume();
    program.stdin.end('hello\n');
    expect(await textOf(program)).toBe('hello|$HOME * "|0\n');
    expect(await program.ended).toEqual({ code: 0, signal: null, error: null });
    expect(program.isRunning()).toBe(false);
  });

  test('of a missing program is an end with its reason', async () => {
    const program = startProgram({ argv: ['no-such-program'], env });
    expect(program.pid).toBeNull();
    expect(await program.end({ graceMs: 1 })).toMatchObject({ code: null, error: { code: 'ENOENT' } });
  });

  test('that fails for lack of file descriptors is an end with that reason, and breaks nothing', async () => {
    const spec = { argv: ['/bin/cat'] as const, env };
    const end = await withoutDescriptors(async () => {
      const program = startProgram(spec);
      program.stdin.write('unread');
      program.kill();
      expect(program.pid).toBeNull();
      expect(await program.stdout.toArray()).toEqual([]);
      return program.ended;
    });
    expect(end).toMatchObject({ code: null, error: { code: 'EMFILE' } });
    const program = startProgram(spec);
    program.stdin.end('read');
    expect(String(await program.stdout.toArray())).toBe('read');
  });

  test.runIf(process.getuid?.() === 0)('as another user keeps no rights of ours', async () => {
    const program = startProgram({ argv: ['/usr/bin/id'], env, uid: 4_321, gid: 4_322 });
    program.stderr.resume();
    expect(await textOf(program)).toBe('uid=4321 gid=4322 groups=4322\n');
  });
});

describe('the end of a program', () => {
  test('ends the processes that it started', async () => {
    const program = startScript('sleep 1000 & echo $! > pid; echo done');
    expect(await textOf(program)).toBe('done\n');
    expect((await program.ended).code).toBe(0);
    await vi.waitFor(async () => expect(isRunning(await readPid('pid'))).toBe(false));
  });

  test('leaves the processes that it started alone when asked to', async () => {
    const program = startScript('sleep 1000 > /dev/null 2>&1 & echo $! > pid', { leftovers: 'kept' });
    program.stdout.resume();
    await program.ended;
    const pid = await readPid('pid');
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test('is not delayed by a process that left its group and holds its output open', async () => {
    const program = startScript(
      'setsid sh -c "echo \\$\\$ > pid; exec sleep 1000" & until [ -s pid ]; do sleep 0.01; done',
      { drainMs: 50 },
    );
    expect(await program.stdout.toArray().catch((error: Error) => error.message)).toBe('Premature close');
    expect((await program.ended).code).toBe(0);
    process.kill(await readPid('pid'), 'SIGKILL');
  });

  test('waits for a slow reader, however long', async () => {
    const program = startScript('echo $$ > pid; exec head -c 200000 /dev/zero', { drainMs: 10 });
    let bytes = 0;
    for await (const chunk of program.stdout) {
      bytes += (chunk as Buffer).length;
      // When the pipe and the stream's buffer hold all the rest, the program ends, ...
      if (bytes < 100_000) continue;
      const pid = await readPid('pid');
      await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
      // ... and the reader pauses for longer than an idle output may stay open.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(bytes).toBe(200_000);
    expect(await program.ended).toMatchObject({ code: 0 });
  });

  test('breaks its stdin without an error', async () => {
    const program = startScript('exit 3');
    program.stdout.resume();
    program.stdin.write(Buffer.alloc(1 << 20));
    expect(await program.ended).toEqual({ code: 3, signal: null, error: null });
  });
});

describe('ending a program', () => {
  test('begins with closing its input', async () => {
    const program = startProgram({ argv: ['/bin/cat'], env });
    expect(await program.end({ inputMs: NO_GRACE_NEEDED_MS, graceMs: NO_GRACE_NEEDED_MS })).toMatchObject({ code: 0 });
  });

  test('lets the group finish its work after SIGTERM, also when its leader is gone', async () => {
    const program = startScript(
      `sh -c 'trap "sleep 0.1; echo cleaned > result; exit" TERM; echo $$ > pid; while :; do sleep 0.01; done' &
       trap "exit 5" TERM; wait`,
    );
    await readPid('pid');
    expect(await program.end({ graceMs: NO_GRACE_NEEDED_MS })).toMatchObject({ code: 5 });
    expect(await readFile(join(dir, 'result'), 'utf8')).toBe('cleaned\n');
  });

  test('kills a program and a child that ignore SIGTERM', async () => {
    const program = startScript(
      `sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 0.1; done' &
       trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done`,
    );
    await readPid('pid');
    const child = await readPid('child');
    expect(await program.end({ inputMs: 20, graceMs: 20 })).toMatchObject({ signal: 'SIGKILL' });
    expect(isRunning(child)).toBe(false);
  });

  test('is cut short by a kill, and drops unread output', async () => {
    const program = startScript('trap "" TERM; echo $$ > pid; while :; do echo yes; done');
    await readPid('pid');
    const ended = program.end({ graceMs: NO_GRACE_NEEDED_MS });
    program.kill();
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
    // Its pid may be reused by now.
    program.kill();
  });
});

/** A zombie that was not reaped yet does not run. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
