import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { benchDir, floodProgram, loadProgram } from './places.ts';

const loadReport = z.object({
  sent: z.int(),
  failed: z.int(),
  rate: z.number(),
  p50: z.number(),
  p99: z.number(),
});

/** The callers' measurements: sends a second, and the time of one in ms. */
type Load = z.infer<typeof loadReport>;

/**
 * Runs callers in a separate process: over frames as a harness does, unless `wire` selects HTTP, or single bytes for an
 * echo server. Throws when a single send failed: the figure would be wrong.
 */
export async function runLoad(load: {
  sockets: readonly string[];
  callers: number;
  seconds: number;
  to: string;
  wire?: 'frames' | 'http' | 'bytes';
}): Promise<Load> {
  const args = [load.wire ?? 'frames', load.sockets.join(','), String(load.callers), String(load.seconds), load.to];
  const { stdout } = await promisify(execFile)(process.execPath, [loadProgram, ...args]);
  const report = loadReport.parse(JSON.parse(stdout));
  if (report.failed > 0) throw new Error(`${report.failed} of ${report.sent} sends were refused`);
  return report;
}

/** The echo server for the baselines of everything on sockets. */
export async function startEcho(dir: string): Promise<{ bytes: string; close: () => Promise<void> }> {
  const bytes = join(dir, 'echo-bytes.sock');
  const child = spawn(process.execPath, [join(benchDir, 'floors/echo-server.mjs'), bytes], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { bytes, close: () => endProcess(child) };
}

/** The kinds of calls that one agent floods hived with. */
export type Flood = 'sends' | 'frames' | 'spool';

/** A separate process in which an agent floods hived; resolves when it is running. */
export async function startFlood(kind: Flood, socket: string): Promise<{ close: () => Promise<void> }> {
  const child = spawn(process.execPath, [floodProgram, kind, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { close: () => endProcess(child) };
}

/** A node process that does nothing, for comparison with our processes. */
export function startIdleNode(program: string): { pid: number; close: () => Promise<void> } {
  const child = spawn(program, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' });
  return { pid: child.pid!, close: () => endProcess(child) };
}

/** Milliseconds until a program has ended successfully. Throws its output when it fails. */
export async function timeProgram(
  program: string,
  run: { args: readonly string[]; cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  const from = performance.now();
  await promisify(execFile)(program, [...run.args], { cwd: run.cwd, env: run.env, maxBuffer: 16 * 1024 * 1024 });
  return performance.now() - from;
}

/** Resident memory in MB (10^6 bytes). */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return (kib * 1024) / 1e6;
}

/** The process below `pid` whose command line contains `word`, `pid` itself included. */
export async function findBelow(pid: number, word: string): Promise<number> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  if (line.includes(word) && !line.includes('docker-init')) return pid;
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const children = await readFile(`/proc/${pid}/task/${task}/children`, 'utf8');
    for (const child of children.split(' ').filter((text) => text !== '')) {
      const found = await findBelow(Number(child), word).catch(() => null);
      if (found !== null) return found;
    }
  }
  throw new Error(`no process below ${pid} is called ${word}`);
}

/** Kills a program of the bench's own and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The most resident memory that a process has had, in MB (10^6 bytes). */
export async function residentPeakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
