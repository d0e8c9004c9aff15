import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import * as z from 'zod';
import { endProcess } from '../processes.ts';
import { program } from '../places.ts';

/** A way to the provider: where its client connects, and with which headers. */
export interface Way {
  readonly name: string;
  readonly to: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  readonly headers: Readonly<Record<string, string>>;
  /** Where it differs from the load's. */
  readonly path?: string;
}

export interface FirstLoad {
  readonly ways: readonly Way[];
  readonly path: string;
  readonly body: string;
  readonly warmUp: number;
  readonly rounds: number;
}

export interface StreamLoad {
  /** Streams take turns among them. */
  readonly ways: readonly Way[];
  readonly path: string;
  readonly body: string;
  readonly streams: number;
  readonly spreadMs: number;
  /** How the last event of a complete stream begins. */
  readonly last: string;
}

const streamReport = z.object({ pieces: z.int(), complete: z.int(), p50: z.number(), p99: z.number() });
/** `pieces` that arrived, and how long they took (ms); the streams of which the end arrived. */
export type StreamReport = z.infer<typeof streamReport>;

/** The times to the first byte by each way (ms, p50). */
export async function runFirstLoad(load: FirstLoad): Promise<number[]> {
  return z.array(z.number()).parse(await runProgram('load-first', load));
}

export async function runStreamLoad(load: StreamLoad): Promise<StreamReport> {
  return streamReport.parse(await runProgram('load-streams', load));
}

/** Gives a program of the bench its load on stdin; returns what it prints. Throws the last line of its errors. */
async function runProgram(name: 'load-first' | 'load-streams', load: object): Promise<unknown> {
  const running = promisify(execFile)(process.execPath, [program(name)]);
  running.child.stdin?.end(JSON.stringify(load));
  const { stdout } = await running.catch((error: { stderr?: string }) => {
    const why = /^Error: (.*)$/m.exec(error.stderr ?? '')?.[1];
    throw new Error(why ?? `${name} failed`);
  });
  return JSON.parse(stdout) as unknown;
}

/** Starts one of the bench's servers, which prints its port. */
export async function startPort(
  name: 'scripted-provider' | 'bytes-host',
  args: readonly string[] = [],
): Promise<{ port: number; pid: number; close: () => Promise<void> }> {
  const { line, ...server } = await startListening(name, args);
  return { port: Number(line), ...server };
}

/** Starts the least proxy in Node before the provider. */
export async function startPlainProxy(
  socketPath: string,
  { port }: { port: number },
): Promise<{ socketPath: string; pid: number; close: () => Promise<void> }> {
  const { pid, close } = await startListening('plain-proxy', [socketPath, String(port)]);
  return { socketPath, pid, close };
}

/** Starts a program of the bench that prints a line as soon as it listens. */
async function startListening(name: string, args: readonly string[]) {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { line: line.toString(), pid: child.pid!, close: () => endProcess(child) };
}
