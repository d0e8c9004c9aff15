import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { refusePacked } from '../encodings/refuse-packed.ts';
import type { Credential, FailedAnswer, Left, Meter, Protocol, ReadRequest } from '../protocols/protocol.ts';
import { EMPTY_TALLY } from '../protocols/tally.ts';
import type { Upstream } from './connect-upstream.ts';
import { waitForFirstPiece } from './first-piece.ts';
import { Passage } from './passage.ts';
import { peekText } from './peek-text.ts';
import type { KeyRedaction } from './redact.ts';

export interface ForwardedCall {
  readonly protocol: Protocol;
  readonly method: 'GET' | 'POST';
  /** Behind the provider's base URL. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly request: ReadRequest;
  /** The provider cannot work on it before this is fulfilled; null: it may at once. */
  readonly released: Promise<unknown> | null;
  readonly signal: AbortSignal;
  /** How long its answer may take to begin, headers and content each; undefined: as long as any. */
  readonly answerMs: number | undefined;
}

type AnswerCount = Pick<Meter, 'tally' | 'missed' | 'gap'>;

export interface ForwardedAnswer {
  /** The status that the box gets; `said` is the one that the provider answered. */
  readonly status: number;
  readonly said: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable | Passage;
  readonly meter: AnswerCount;
  /** What there is to learn from an answer of 400 or more; null for others. */
  readonly failed: FailedAnswer | null;
  /** What is left of the account's limits, of a success that says so. */
  readonly left: Left | null;
  /** The provider was not asked: its login is being renewed. */
  readonly isUnready?: true;
}

/**
 * Passes a call to the provider with the hive's key, and its answer back without it. The box's pace slows the provider
 * and the other way round. Rejects when no answer begins (the signal's reason, or the connection's error).
 */
export async function forwardCall(
  call: ForwardedCall,
  { upstream, account }: { upstream: Upstream; account: Credential & { readonly redaction: KeyRedaction } },
): Promise<ForwardedAnswer> {
  const { protocol, request, released, signal, answerMs, method, path } = call;
  const { redaction } = account;
  const answer = await upstream.request({
    method,
    path,
    headers: protocol.requestHeaders(call.headers, account),
    body: method === 'POST' ? request.body : null,
    released,
    signal,
    answerMs,
  });
  const { status } = answer;
  const headers = pickAnswerHeaders(answer.headers, { protocol, redaction });
  if (answer.body === null) return replaceUnreadable(protocol, { status, headers, given: answer.headers });
  const steps = [refusePacked(), redaction.open()];
  if (status >= 400) {
    const { text, whole } = await peekText(new Passage(answer.body, steps));
    const failed = { status, headers: answer.headers, body: text };
    return { status, said: status, headers, body: whole, meter: NOTHING_COUNTED, failed, left: null };
  }
  const meter = request.createMeter(answer.headers['content-type'] ?? '');
  const body = new Passage(answer.body, [...steps, meter]);
  // Nothing of it has reached the box: without a word it is no answer.
  if (answerMs !== undefined) await waitForFirstPiece(body, answerMs);
  const left = protocol.readLeft(answer.headers);
  return { status, said: status, headers, body, meter, failed: null, left };
}

/** An answer that is no success costs nothing, whatever it holds. */
const NOTHING_COUNTED: AnswerCount = { tally: () => EMPTY_TALLY, missed: () => false, gap: () => 'none' };

/** A success whose content cannot be read, which is paid. */
const UNREADABLE: AnswerCount = { tally: () => EMPTY_TALLY, missed: () => true, gap: () => 'all' };

/** The headers of the provider's answer that the box gets: the protocol's allow-list, without the key. */
function pickAnswerHeaders(
  given: IncomingHttpHeaders,
  { protocol, redaction }: { protocol: Protocol; redaction: KeyRedaction },
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && protocol.passesBack(name))
      headers[name] = redaction.redactText(Array.isArray(value) ? value.join(', ') : value);
  return headers;
}

/**
 * A body of our own in place of one that cannot be read. What the provider says in status and headers (a limit and when
 * it ends, above all) survives; only a success without its content is none.
 */
function replaceUnreadable(
  protocol: Protocol,
  answer: { status: number; headers: Record<string, string>; given: IncomingHttpHeaders },
): ForwardedAnswer {
  const { status } = answer;
  const told = status < 400 ? 502 : status;
  const message = `The model provider answered with ${status}, in an encoding that the hive's gateway cannot read.`;
  return {
    status: told,
    said: status,
    headers: { ...answer.headers, 'content-type': 'application/json' },
    body: JSON.stringify(protocol.errorBody(told, message)),
    meter: status < 400 ? UNREADABLE : NOTHING_COUNTED,
    failed: status < 400 ? null : { status, headers: answer.given, body: '' },
    left: null,
  };
}
