import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { HiveError } from '../../protocol/errors.ts';
import type { GitProcess } from '../git/process.ts';
import type { Limits } from '../limits.ts';

export interface Exchange {
  readonly raw: ServerResponse;
  /** What git reads; null for nothing. */
  readonly body: AsyncIterable<Buffer> | null;
  readonly contentType: string;
  /** Sent before git's own words. */
  readonly prefix: string;
  readonly limits: Pick<Limits, 'idleMs' | 'totalMs'>;
  /** Awaited when git has ended and before the answer does: what the client may rely on. What it throws ends the answer. */
  readonly settle: () => Promise<void>;
  /** Last bytes of an answer that says in git's own way why the body was not taken; null: there are none. */
  readonly explain?: (failure: unknown, touch: () => void) => Promise<Buffer | null>;
}

/**
 * Carries one HTTP exchange to a git process and back: body → stdin, stdout → answer, with the
 * slower side setting the pace. git's process group dies with the connection, with the body's errors
 * and with the watchdog. Throws a HiveError while nothing has been answered yet; later the
 * connection is cut.
 */
export async function exchangeWithGit(git: GitProcess, exchange: Exchange): Promise<void> {
  const { raw, contentType, prefix } = exchange;
  const kill = () => git.kill();
  raw.once('close', kill);
  if (raw.destroyed) kill();
  const watchdog = startWatchdog(exchange.limits, () => raw.destroy());
  let failure: unknown = null;

  const open = () => {
    if (raw.headersSent) return;
    raw.writeHead(200, { 'content-type': contentType, ...NO_CACHE });
    if (prefix !== '') raw.write(prefix);
  };
  const answer = async () => {
    for await (const chunk of git.stdout) {
      watchdog.touch();
      if (raw.destroyed) continue;
      open();
      if (!raw.write(chunk)) await drained(raw);
    }
  };
  try {
    const feeding = feed(git.stdin, exchange.body, watchdog.touch).catch((error: unknown) => {
      failure = error;
      kill();
    });
    // A killed git's output breaks off; what happened is told by `failure` and `ended`.
    await Promise.all([feeding, answer().catch(() => undefined)]);
    const { code, stderr } = await git.ended;
    await exchange.settle();
    if (raw.destroyed) return;
    if (failure === null && code !== 0 && !raw.headersSent)
      failure = new HiveError('internal', undefined, { cause: new Error(`git ended with ${code}: ${stderr}`) });
    if (failure !== null) {
      const last = (await exchange.explain?.(failure, watchdog.touch)) ?? null;
      if (last !== null) {
        open();
        raw.end(last);
        return;
      }
      if (!raw.headersSent) throw failure;
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
async function feed(stdin: Writable, body: AsyncIterable<Buffer> | null, touch: () => void): Promise<void> {
  if (body !== null)
    for await (const chunk of body) {
      touch();
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

/** Calls `expire` once, when nothing was touched for `idleMs` or `totalMs` are over. */
export function startWatchdog(limits: Exchange['limits'], expire: () => void): { touch: () => void; stop: () => void } {
  const idle = setTimeout(expire, limits.idleMs);
  const total = setTimeout(expire, limits.totalMs);
  return {
    touch: () => idle.refresh(),
    stop: () => {
      clearTimeout(idle);
      clearTimeout(total);
    },
  };
}
