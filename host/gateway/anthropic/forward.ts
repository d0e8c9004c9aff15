import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, pipeline } from 'node:stream';
import { limitBody } from '../body-limit.ts';
import { errorBody } from './errors.ts';
import { buildRequestHeaders, pickAnswerHeaders } from './headers.ts';
import { createMeter, type Meter } from './meter.ts';
import { createRedaction, redactText } from './redact.ts';
import type { Upstream } from './upstream.ts';
import { EMPTY_TALLY } from './usage.ts';

export interface ForwardedCall {
  /** `/v1/messages` or `/v1/messages/count_tokens`, with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The box's request as it comes in. */
  readonly body: Readable;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
}

export interface ForwardedAnswer {
  /** What the box gets; `said` is what the provider answered. */
  readonly status: number;
  readonly said: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
  readonly meter: Pick<Meter, 'tally' | 'missed'>;
  /** The model that was asked, where the request says it first of all. */
  readonly askedModel: () => string | null;
}

/**
 * Passes a call to the provider with the hive's key, and its answer back without it. Nothing is held
 * but what is under way: the box's pace slows the provider and the other way round. Rejects when no
 * answer begins (BodyTooLargeError, the signal's reason, or what the connection says).
 */
export async function forwardCall(
  call: ForwardedCall,
  { upstream, key }: { upstream: Upstream; key: string },
): Promise<ForwardedAnswer> {
  let asked: string | null = null;
  const limited = limitBody(call.body, {
    maxBytes: call.maxBodyBytes,
    signal: call.signal,
    onFirstChunk: (chunk) => {
      asked = peekModel(chunk);
    },
  });
  const answer = await upstream.post(call.path, {
    headers: buildRequestHeaders(call.headers, key),
    body: limited,
    signal: call.signal,
  });
  const headers = pickAnswerHeaders(answer.headers, (text) => redactText(text, key));
  if (answer.body === null) return { ...replaceUnreadable(answer.status, headers), askedModel: () => asked };
  const meter = createMeter(answer.headers['content-type'] ?? '');
  // Errors reach whoever reads the meter's stream, which is destroyed with the rest.
  pipeline(answer.body, createRedaction(key), meter.stream, () => {});
  return {
    status: answer.status,
    said: answer.status,
    headers,
    body: meter.stream,
    // What is no success costs nothing, whatever it holds.
    meter: { tally: meter.tally, missed: () => answer.status < 400 && meter.missed() },
    askedModel: () => asked,
  };
}

/**
 * A body of our own in place of one that cannot be read. What the provider says in status and headers (a limit and when
 * it ends, above all) survives; only a success without its content is none.
 */
function replaceUnreadable(status: number, headers: Record<string, string>): Omit<ForwardedAnswer, 'askedModel'> {
  const told = status < 400 ? 502 : status;
  const message = `The model provider answered with ${status}, in an encoding that the hive's gateway cannot read.`;
  return {
    status: told,
    said: status,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(errorBody(told, message)),
    meter: { tally: () => EMPTY_TALLY, missed: () => status < 400 },
  };
}

/** Clients of the API put the model first; further in, a body is not looked at. */
function peekModel(chunk: Buffer): string | null {
  return /^\s*\{\s*"model"\s*:\s*"([\w.:/@[\]-]{1,200})"/.exec(chunk.toString('utf8', 0, 512))?.[1] ?? null;
}
