import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { HiveError } from '../../protocol/errors.ts';
import type { GitProcess } from '../git/process.ts';
import type { Limits } from '../limits.ts';
import { createAllowance } from './allowance.ts';

type TransferLimits = Pick<Limits, 'idleMs' | 'totalMs' | 'minBytesPerSecond'>;

export interface Exchange {
  readonly raw: ServerResponse;
  /** What git reads; null for nothing. */
  readonly body: AsyncIterable<Buffer> | null;
  readonly contentType: string;
  /** Sent before git's own words. */
  readonly prefix: string;
  readonly limits: TransferLimits;
  /** Awaited when git has ended and before the answer does: what the client may rely on. What it throws ends the answer. */
  readonly settle: () => Promise<void>;
  /** Called when git's own answer begins. */
  readonly onOpen?: () => void;
  /** Last bytes of an answer that says in git's own way why the body was not taken; null: there are none. */
  readonly explain?: (failure: unknown, watchdog: Watchdog) => Promise<Buffer | null>;
}

/**
 * Carries one HTTP exchange to a git process and back: body → stdin, stdout → answer, with the
 * slower side setting the pace. git's process group dies with the connection, with the body's errors
 * and with the watchdog. Throws a HiveError while git has answered nothing yet; later the
 * connection is cut. Throws what `settle` throws.
 */
export async function exchangeWithGit(git: GitProcess, exchange: Exchange): Promise<void> {
  const { raw, contentType, prefix } = exchange;
  const kill = () => git.kill();
  raw.once('close', kill);
  if (raw.destroyed) kill();
  const watchdog = startWatchdog(exchange.limits, () => raw.destroy());
  let failure: unknown = null;

  let isOpen = false;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    exchange.onOpen?.();
    // A client that waited has been told so: the answer has begun.
    if (!raw.headersSent) raw.writeHead(200, { 'content-type': contentType, ...NO_CACHE });
    if (prefix !== '') raw.write(prefix);
  };
  const answer = async () => {
    for await (const chunk of git.stdout) {
      watchdog.touch();
      if (raw.destroyed) continue;
      open();
      if (!raw.write(chunk)) await watchdog.fromClient(drained(raw));
      watchdog.earn((chunk as Buffer).length);
    }
  };
  try {
    const feeding = feed(git.stdin, exchange.body, watchdog).catch((error: unknown) => {
      failure = error;
      kill();
    });
    // A killed git's output breaks off; what happened is told by `failure` and `ended`.
    await Promise.all([feeding, answer().catch(() => undefined)]);
    const { code, stderr } = await git.ended;
    await exchange.settle();
    if (raw.destroyed) return;
    if (failure === null && code !== 0 && !isOpen)
      failure = new HiveError('internal', undefined, { cause: new Error(`git ended with ${code}: ${stderr}`) });
    if (failure !== null) {
      const last = (await exchange.explain?.(failure, watchdog)) ?? null;
      if (last !== null) {
        open();
        raw.end(last);
        return;
      }
      if (!isOpen) throw failure;
      raw.destroy();
      return;
    }
    open();
    raw.end();
  } finally {
    watchdog.stop();
    raw.off('close', kill);
  }
}

export const NO_CACHE = { 'cache-control': 'no-cache, max-age=0, must-revalidate' };

/** Writes a body into git. What git no longer wants is read and dropped, so that the client gets to read the answer. */
async function feed(stdin: Writable, body: AsyncIterable<Buffer> | null, watchdog: Watchdog): Promise<void> {
  if (body !== null)
    for await (const chunk of watchdog.watch(body)) {
      if (!stdin.writable) continue;
      if (!stdin.write(chunk)) await drained(stdin);
    }
  stdin.end();
}

function drained(stream: Writable): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.once('drain', done).once('close', done);
  });
}

/** Ends a transfer whose client is too slow, or that takes too long. */
export interface Watchdog {
  /** git said something. */
  touch(): void;
  /** Hands a body's chunks on; waiting for them is waiting for the client. */
  watch(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** Waits for what the client is to do. */
  fromClient<T>(work: Promise<T>): Promise<T>;
  /** The client took so many bytes. */
  earn(bytes: number): void;
  stop(): void;
}

/**
 * Calls `expire` once: when nothing was touched for `idleMs`, when the client had the transfer wait for longer
 * than its bytes allow (see Allowance), or when `totalMs` are over.
 */
export function startWatchdog(limits: TransferLimits, expire: () => void): Watchdog {
  const { idleMs, totalMs, minBytesPerSecond } = limits;
  const allowance = createAllowance({ capMs: idleMs, bytesPerSecond: minBytesPerSecond }, () => performance.now());
  const stop = () => {
    clearTimeout(idle);
    clearTimeout(total);
    clearInterval(pace);
  };
  const end = () => {
    stop();
    expire();
  };
  const idle = setTimeout(end, idleMs);
  const total = setTimeout(end, totalMs);
  const pace = setInterval(() => allowance.left() === 0 && end(), Math.min(1_000, idleMs));
  const touch = () => void idle.refresh();
  const fromClient = async <T>(work: Promise<T>): Promise<T> => {
    const done = allowance.wait();
    try {
      return await work;
    } finally {
      done();
    }
  };

  return {
    touch,
    fromClient,
    earn: allowance.earn,
    async *watch(body) {
      const chunks = body[Symbol.asyncIterator]();
      for (let next = await fromClient(chunks.next()); next.done !== true; next = await fromClient(chunks.next())) {
        touch();
        allowance.earn(next.value.length);
        yield next.value;
      }
    },
    stop,
  };
}
