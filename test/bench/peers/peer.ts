import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The text of a message, the same in every peer as in Hyperhive. */
export const BODY = 'a message of ordinary length, as agents write them to each other all day long';
export const CALLERS = 64;

/** Another program that stores messages durably. It runs only while it is measured. */
export interface Peer {
  readonly name: 'peer.postgres' | 'peer.redis' | 'peer.nats';
  /** Durable messages a second from 64 callers, measured for about this many seconds. */
  measure(seconds: number): Promise<number>;
}

/** An unprivileged user for servers that refuse to run as root; our own user when we are not root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

const READY_MS = 15_000;

/** Gives a directory to the servers' user. */
export async function handToServer(dir: string): Promise<void> {
  if (isRoot) await chown(dir, NOBODY, NOBODY);
}

/** Runs a program of a peer to its end, as the servers' user. Throws its output when it fails. */
export async function runAsServer(program: string, run: { args: readonly string[]; cwd: string }): Promise<string> {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: run.cwd, LC_ALL: 'C.UTF-8' };
  const options = { cwd: run.cwd, env, maxBuffer: 16 * 1024 * 1024, ...asNobody };
  return (await promisify(execFile)(program, [...run.args], options)).stdout;
}

interface OwnServer {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly isReady: () => Promise<boolean>;
}

/** Runs `use` while a server of the bench's own runs, and ends the server in any case. */
export async function withServer<T>(server: OwnServer, use: () => Promise<T>): Promise<T> {
  const { close } = await startServer(server);
  try {
    return await use();
  } finally {
    await close();
  }
}

/** Starts a server of the bench's own, as the servers' user, and waits until it is ready. */
export async function startServer(server: OwnServer): Promise<{ pid: number; close: () => Promise<void> }> {
  const child = spawn(server.program, [...server.args], {
    cwd: server.cwd,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: server.cwd, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: some fork workers that do not end with them.
    detached: true,
    ...asNobody,
  });
  const end = () => signalGroup(child, 'SIGKILL');
  process.once('exit', end);
  const close = async () => {
    process.off('exit', end);
    await endServer(child);
  };
  try {
    await untilReady(child, server);
    return { pid: child.pid!, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function untilReady(
  child: ChildProcess,
  { program, isReady }: { program: string; isReady: () => Promise<boolean> },
): Promise<void> {
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  for (const deadline = Date.now() + READY_MS; !(await isReady()); await wait(20)) {
    if (child.exitCode !== null) throw new Error(`${program} ended (${child.exitCode}):\n${output}`);
    if (Date.now() > deadline) throw new Error(`${program} was not ready after ${READY_MS} ms:\n${output}`);
  }
}

/** SIGINT is the fast clean shutdown of all of them. */
async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    signalGroup(child, 'SIGINT');
    const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), READY_MS);
    await gone;
    clearTimeout(kill);
  }
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // All of it has ended.
  }
}
