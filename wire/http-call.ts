import { type Agent, type IncomingMessage, request } from 'node:http';
import type { encodeCall } from './call.ts';

/** Options of one call. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds until the headers must have arrived; default 30 s. For a long poll, pass more than its wait. */
  timeoutMs?: number;
}

/** Where and how a call is sent. */
export interface CallRoute extends CallOptions {
  socketPath: string;
  /** Connections that are kept for the next call; false for a connection of this call alone. */
  agent: Agent | false;
  headers?: Record<string, string>;
}

/** The longest answer that is no stream: a file of 10 MiB in base64. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Sends an encoded call over HTTP to a Unix socket; resolves once the headers of the answer have arrived. By node:http:
 * undici costs 14 MB of resident memory in a process and 40 ms of its start. Rejects with Node's own error, or with the
 * signal's reason.
 */
export function sendCall(
  { method, path, body }: ReturnType<typeof encodeCall>,
  { socketPath, agent, headers = {}, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CallRoute,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const sent = request({
      agent,
      socketPath,
      method,
      path,
      headers: {
        host: 'hive',
        ...(agent === false ? { connection: 'close' } : {}),
        ...(body === null
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
    });
    // Without an error of its own: the connection may be free again already, and then nobody would hear it.
    const giveUp = () => sent.destroy();
    signal?.addEventListener('abort', giveUp, { once: true });
    sent.once('close', () => signal?.removeEventListener('abort', giveUp));
    const patience = setTimeout(() => sent.destroy(new Error('no answer in time')), timeoutMs);
    sent.once('response', (answer) => {
      clearTimeout(patience);
      // Its reader hears an error too; once nobody reads any more, an error that nobody hears would end the process.
      answer.on('error', () => undefined);
      resolve(answer);
    });
    sent.on('error', (cause) => {
      clearTimeout(patience);
      reject(signal?.aborted === true ? signal.reason : cause);
    });
    sent.end(body);
  });
}

/**
 * Reads an answer that is one JSON value, of at most 16 MiB; its parts may be `timeoutMs` apart. The caller parses it with
 * the operation's schema.
 */
export async function readAnswer(
  answer: IncomingMessage,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions,
): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  const patience = setTimeout(() => answer.destroy(new Error('the answer stopped')), timeoutMs);
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      patience.refresh();
      size += part.length;
      if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
      parts.push(part);
    }
  } finally {
    clearTimeout(patience);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
