import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, errors } from 'undici';
import type { NetworkAccess } from '../../../protocol/proxy.ts';
import { nameError } from '../name-error.ts';
import { readEncoding } from '../encodings/read-encoding.ts';
import { UnreadableBodyError } from '../encodings/unreadable-body.ts';
import { SilentAnswerError } from './first-piece.ts';
import { holdBody } from './hold-body.ts';

/** The provider's API. */
export interface Upstream {
  /** Sends a request; `path` follows the base URL. Rejects when no answer begins; see `explainFailure`. */
  request(call: UpstreamCall): Promise<UpstreamAnswer>;
  /** Takes no further request, and closes when the running ones are through. */
  release(): void;
  /** Breaks running requests off. */
  close(): Promise<void>;
}

export interface UpstreamCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /**
   * Until this is fulfilled the provider gets too little of the body to work on it. When it rejects, the request is broken
   * off with its error. Without it the request is sent at once.
   */
  readonly released?: Promise<unknown> | null;
  readonly signal: AbortSignal;
  /** Its answer begins within this time; without it, within the connection's. */
  readonly answerMs?: number | undefined;
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

/**
 * Connects to a provider when there is something to send, by the proxy that is named (an empty string: by none, whatever
 * the environment says). Redirects are not followed: the key goes to this host alone.
 */
export function connectUpstream(
  { baseUrl, network }: { baseUrl: string; network: NetworkAccess },
  times: UpstreamTimes,
): Upstream {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const connect = {
    timeout: times.connectMs,
    ...(network.caPem === null ? {} : { ca: [...rootCertificates, network.caPem] }),
  };
  const options = { connect, headersTimeout: times.answerMs, bodyTimeout: times.silenceMs, pipelining: 1 };
  const { https: httpsProxy, http: httpProxy, noProxy } = network;
  const agent =
    httpsProxy === null && httpProxy === null
      ? new Agent(options)
      : new EnvHttpProxyAgent({
          ...options,
          httpsProxy: httpsProxy ?? '',
          httpProxy: httpProxy ?? '',
          noProxy,
          requestTls: connect,
          proxyTls: connect,
        });
  return {
    async request({ method, path, headers, body, released = null, signal, answerMs = times.answerMs }) {
      const to = { method, origin: base.origin, path: `${prefix}${path}`, signal, headersTimeout: answerMs };
      const content =
        body === null || released === null
          ? { headers, body }
          : { headers: { ...headers, 'content-length': String(body.length) }, body: asBody(holdBody(body, released)) };
      const answer = await agent.request({ ...to, ...content });
      const plain = await readOrNull(answer.body, String(answer.headers['content-encoding'] ?? ''));
      return { status: answer.statusCode, headers: answer.headers, body: plain };
    },
    release: () => void agent.close().catch(() => undefined),
    close: () => agent.destroy(),
  };
}

/** undici takes iterables, as its documentation says; its types leave them out. */
function asBody(chunks: AsyncIterable<Buffer>): Readable {
  return chunks as unknown as Readable;
}

async function readOrNull(body: Readable, encoding: string): Promise<Readable | null> {
  try {
    return await readEncoding(body, encoding);
  } catch (error) {
    if (error instanceof UnreadableBodyError) return null;
    throw error;
  }
}

/** Whether the request arrived and its answer did not begin in time. */
export function isTooSlow(error: unknown): boolean {
  return error instanceof errors.HeadersTimeoutError || error instanceof SilentAnswerError;
}

/** Why no answer came, as a status and a sentence for the box. Both statuses make clients try again by themselves. */
export function explainFailure(error: unknown): { status: 502 | 504; message: string } {
  if (isTooSlow(error)) return { status: 504, message: 'The model provider did not begin to answer in time.' };
  const refused = proxyRefusal(error);
  if (refused !== null) return { status: 502, message: `The proxy to the model provider refuses (${refused}).` };
  const name = nameError(error);
  return { status: 502, message: `The hive's gateway cannot reach the model provider (${name}).` };
}

/** The status with which a proxy refused a connection; undici says it in the message alone. */
export function proxyRefusal(error: unknown): number | null {
  const status = /^Proxy response \((\d{3})\)/.exec(error instanceof Error ? error.message : '')?.[1];
  return status === undefined ? null : Number(status);
}
