import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { HiveError } from '../../protocol/errors.ts';
import type { GitProcess } from '../git/process.ts';
import type { Limits } from '../limits.ts';
import { createAllowance } from './allowance.ts';

type TransferLimits = Pick<Limits, 'idleMs' | 'totalMs' | 'minBytesPerSecond'>;

export interface Exchange {
  readonly raw: ServerResponse;
  /** Input of git; null for none. */
  readonly body: AsyncIterable<Buffer> | null;
  readonly contentType: string;
  /** Sent before git's own output. */
  readonly prefix: string;
  readonly limits: TransferLimits;
  /**
   * Awaited after git has ended and before the answer ends, so that the client can rely on its effect. An error that
   * it throws ends the answer.
   */
  readonly settle: () => Promise<void>;
  /** Called when git's own answer begins. */
  readonly onOpen?: () => void;
  /** Last bytes of an answer that tells the client in git's own format why the body was refused; null for none. */
  readonly explain?: (failure: unknown, watchdog: Watchdog) => Promise<Buffer | null>;
}

/**
 * Carries one HTTP exchange to a git process and back: body → stdin, stdout → answer, with backpressure. git's
 * process group is killed when the connection closes, the body fails or the watchdog fires. Throws a HiveError as
 * long as git has answered nothing; later the connection is cut. Throws the errors of `settle`.
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
    // For a client that waited, progress lines have already begun the answer.
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
    // A killed git's output breaks off; `failure` and `ended` report the cause.
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

/** Writes a body into git. Bytes that git no longer reads are discarded, so that the client gets to read the answer. */
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
  /** git wrote output. */
  touch(): void;
  /** Passes a body's chunks on; waiting for them counts as waiting for the client. */
  watch(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** Waits for the client's part of the work. */
  fromClient<T>(work: Promise<T>): Promise<T>;
  /** The client received this number of bytes. */
  earn(bytes: number): void;
  stop(): void;
}

/**
 * Calls `expire` once: when nothing moved for `idleMs`, when the transfer waited for the client longer than its bytes
 * allow (see Allowance), or when `totalMs` are over.
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
