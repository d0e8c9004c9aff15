import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { errorBody } from '../anthropic/errors.ts';
import { EMPTY_TALLY, type Tally } from '../anthropic/usage.ts';
import { renderMessage, renderStream } from './render.ts';
import { type MessagesRequest, messagesRequest } from './request.ts';
import { estimateTokens, respond } from './respond.ts';

/** An HTTP answer of the demo model, and what it counts. */
export interface DemoReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
  readonly model: string | null;
  readonly tally: Tally;
}

/** Answers a Messages request. Rejects with the signal's reason when the asker leaves while the model sleeps. */
export async function answerMessages(body: Buffer, signal: AbortSignal): Promise<DemoReply> {
  const read = readRequest(body);
  if (!read.ok) return refusal(400, { message: read.problem });
  const { request } = read;
  const answer = respond(request);
  if (answer.delayMs > 0) await delay(answer.delayMs, undefined, { signal });
  if (answer.kind === 'error') {
    const { status, retryAfter } = answer;
    const reply = refusal(status, { message: 'The demo model was asked to fail this request.', model: request.model });
    if (retryAfter === null) return reply;
    return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } };
  }
  const inputTokens = estimateTokens(body.length);
  const context = { model: request.model, seed: body, inputTokens };
  const tokens = { ...EMPTY_TALLY.tokens, input: inputTokens, output: answer.outputTokens };
  const streamed = request.stream === true;
  return {
    status: 200,
    headers: { 'content-type': streamed ? 'text/event-stream; charset=utf-8' : 'application/json' },
    body: streamed
      ? Readable.from(renderStream(answer, context), { objectMode: false })
      : JSON.stringify(renderMessage(answer, context)),
    model: request.model,
    tally: { ...EMPTY_TALLY, tokens },
  };
}

/** Answers a count_tokens request, by the same estimate that the demo model's usage has. */
export function answerCountTokens(body: Buffer): DemoReply {
  const read = readRequest(body);
  if (!read.ok) return refusal(400, { message: read.problem });
  const { request } = read;
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input_tokens: estimateTokens(body.length) }),
    model: request.model,
    tally: EMPTY_TALLY,
  };
}

type ReadRequest =
  | { readonly ok: true; readonly request: MessagesRequest }
  | { readonly ok: false; readonly problem: string };

function readRequest(body: Buffer): ReadRequest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, problem: 'The body is not valid JSON in UTF-8.' };
  }
  const request = messagesRequest.safeParse(json);
  if (request.success) return { ok: true, request: request.data };
  const issue = request.error.issues[0];
  const problem = issue === undefined ? 'not a Messages request' : `${issue.path.join('.')}: ${issue.message}`;
  return { ok: false, problem };
}

function refusal(status: number, { message, model = null }: { message: string; model?: string | null }): DemoReply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(errorBody(status, message)),
    model,
    tally: EMPTY_TALLY,
  };
}
