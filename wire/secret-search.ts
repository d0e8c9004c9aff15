import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type * as z from 'zod';
import { HiveError } from '../protocol/errors.ts';
import { secretSearchAnswer } from '../protocol/schemas/push-secrets.ts';
import { pause } from '../system/pause.ts';
import type { FoundSecret, SecretFinder } from '../system/redact/find-secrets.ts';

/**
 * The search for secrets in a stream, for a process that must not hold them: the client writes the bytes and ends its
 * side, the server answers one JSON object with names and offsets and ends its own. What is not a whole answer is none.
 */

/** A client that sends nothing for this long is disconnected. */
const IDLE_MS = 10 * 60_000;
/** More than the forge serves pushes at once. */
const MOST_CLIENTS = 64;
const RETRY_MS = 200;

/** A server that searches each stream with the finder of the moment at which it begins. */
export function createSearchServer(finder: () => SecretFinder): Server {
  const server = createServer({ allowHalfOpen: true }, (socket) => serveSearch(socket, finder));
  server.maxConnections = MOST_CLIENTS;
  return server;
}

function serveSearch(socket: Socket, finder: () => SecretFinder): void {
  const search = finder().open();
  let isAnswered = false;
  const answer = () => {
    if (isAnswered) return;
    isAnswered = true;
    const answered: z.input<typeof secretSearchAnswer> = { found: [...search.found] };
    socket.end(JSON.stringify(answered));
  };
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    // What comes after an early answer is read and dropped: closing with unread bytes would take the answer back.
    if (isAnswered) return;
    search.push(chunk);
    if (search.isFull) answer();
  });
  socket.on('end', () => {
    if (!isAnswered) search.end();
    answer();
  });
}

/** Where to search, and for how long to try while nobody answers there (hived restarts), in milliseconds. */
export interface SearchPlace {
  readonly socket: string;
  readonly patienceMs: number;
}

/**
 * Secrets in a stream, in its order; at most MOST_FOUND, after which the rest was not searched. `open` makes the stream,
 * once more after each lost connection. Throws `service_unavailable` when nobody answers, the signal's reason, and what
 * the stream throws.
 */
export async function searchForSecrets(
  { socket, patienceMs }: SearchPlace,
  open: () => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<readonly FoundSecret[]> {
  let failedAt: number | null = null;
  for (;;) {
    const found = await searchOnce(socket, open(), signal);
    signal.throwIfAborted();
    if (found !== null) return found;
    failedAt ??= performance.now();
    if (performance.now() - failedAt >= patienceMs)
      throw new HiveError(
        'service_unavailable',
        'the search for secrets failed: hived does not answer; try again later',
      );
    await pause(RETRY_MS, signal);
    signal.throwIfAborted();
  }
}

/** Null when there is no server, or the connection to it was lost. */
async function searchOnce(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<readonly FoundSecret[] | null> {
  const socket = createConnection({ path, allowHalfOpen: true });
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let text = '';
  const over = new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()));
  let isOver = false;
  void over.then(() => (isOver = true));
  socket.setEncoding('utf8').on('data', (part) => (text += String(part)));
  socket.on('error', () => undefined);
  try {
    if (!(await isConnected(socket))) return null;
    for await (const chunk of bytes) {
      if (isOver) break;
      if (!socket.write(chunk)) await Promise.race([over, drained(socket)]);
    }
    if (!isOver) socket.end();
    await over;
    return readAnswer(text);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function isConnected(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('close', () => resolve(false));
  });
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('drain', resolve));
}

function readAnswer(text: string): readonly FoundSecret[] | null {
  try {
    return secretSearchAnswer.parse(JSON.parse(text)).found;
  } catch {
    return null;
  }
}
