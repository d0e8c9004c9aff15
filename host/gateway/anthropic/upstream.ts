import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { errors, Pool } from 'undici';
import { nameError } from '../log.ts';

/** The provider's API. */
export interface Upstream {
  /** Sends a request; `path` begins with `/v1/`. Rejects when no answer begins; see `explainFailure`. */
  post(path: string, call: UpstreamCall): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

export interface UpstreamCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  readonly signal: AbortSignal;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Never compressed. */
  readonly body: Readable;
}

export interface UpstreamTimes {
  readonly connectMs: number;
  readonly answerMs: number;
  readonly silenceMs: number;
}

/** Connects to a provider when there is something to send. Redirects are not followed: the key goes to this host alone. */
export function connectUpstream(baseUrl: string, times: UpstreamTimes): Upstream {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connect: { timeout: times.connectMs },
    headersTimeout: times.answerMs,
    bodyTimeout: times.silenceMs,
    pipelining: 1,
  });
  return {
    async post(path, { headers, body, signal }) {
      const answer = await pool.request({ method: 'POST', path: `${prefix}${path}`, headers, body, signal });
      const plain = decompress(answer.body, String(answer.headers['content-encoding'] ?? 'identity'));
      return { status: answer.statusCode, headers: answer.headers, body: plain };
    },
    close: () => pool.destroy(),
  };
}

/** We ask for plain bytes; a proxy in between may compress them all the same. */
function decompress(body: Readable, encoding: string): Readable {
  if (encoding === 'identity' || encoding === '') return body;
  const unpack = unpackerOf(encoding);
  if (unpack === null) {
    body.on('error', () => {}).destroy();
    throw new UnreadableAnswerError(encoding);
  }
  body.on('error', (error) => unpack.destroy(error));
  unpack.once('close', () => body.destroy());
  return body.pipe(unpack);
}

function unpackerOf(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return encoding === 'br' ? createBrotliDecompress() : null;
}

/** An answer in an encoding that cannot be checked for the key, and so is not passed on. */
class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
}

/**
 * Why no answer came, as a status and a sentence for the box. Both statuses make Anthropic's clients
 * try again by themselves.
 */
export function explainFailure(error: unknown): { status: 502 | 504; message: string } {
  if (error instanceof errors.HeadersTimeoutError)
    return { status: 504, message: 'The model provider did not begin to answer in time.' };
  const name = nameError(error);
  return { status: 502, message: `The hive's gateway cannot reach the model provider (${name}).` };
}
