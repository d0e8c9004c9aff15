import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { errors, Pool } from 'undici';
import { nameError } from '../log.ts';
import { readEncoding, UnreadableAnswerError } from './read-encoding.ts';

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
  /** Never compressed; null when it came in an encoding that cannot be read. */
  readonly body: Readable | null;
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
      const plain = await readOrNull(answer.body, String(answer.headers['content-encoding'] ?? ''));
      return { status: answer.statusCode, headers: answer.headers, body: plain };
    },
    close: () => pool.destroy(),
  };
}

async function readOrNull(body: Readable, encoding: string): Promise<Readable | null> {
  try {
    return await readEncoding(body, encoding);
  } catch (error) {
    if (error instanceof UnreadableAnswerError) return null;
    throw error;
  }
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
