import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoRefusal, type Protocol, type Target } from '../protocols/protocol.ts';
import { NO_RETRY } from '../call.ts';
import { EMPTY_TALLY, type Tally } from '../protocols/tally.ts';
import { estimateTokens, respond } from './respond.ts';

/** An HTTP answer of the demo model, and what it counts. */
export interface DemoReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
  readonly tally: Tally;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENTS_TYPE = 'text/event-stream; charset=utf-8';

/**
 * Answers a request in its protocol. Rejects with the signal's reason when the caller disconnects while the model
 * sleeps.
 */
export async function answerDemo(
  call: { protocol: Protocol; target: Target; body: Buffer },
  signal: AbortSignal,
): Promise<DemoReply> {
  const { protocol, target, body } = call;
  try {
    if (target.route.kind === 'answer') return await answerCall(call, signal);
    const said = JSON.stringify(target.route.demo?.(body) ?? {});
    return { status: 200, headers: JSON_TYPE, body: said, tally: EMPTY_TALLY };
  } catch (error) {
    if (error instanceof DemoRefusal) return refusal(protocol, 400, error.message);
    throw error;
  }
}

async function answerCall(
  { protocol, target, body }: { protocol: Protocol; target: Target; body: Buffer },
  signal: AbortSignal,
): Promise<DemoReply> {
  const { demo } = protocol;
  const conversation = demo.read(body, target);
  const answer = respond(conversation);
  if (answer.delayMs > 0) await delay(answer.delayMs, undefined, { signal });
  if (answer.kind === 'error') {
    const reply = refusal(protocol, answer.status, 'The demo model was asked to fail this request.');
    // As the gateway's answers about a refused key.
    if (answer.status === 401 || answer.status === 403) return { ...reply, headers: { ...reply.headers, ...NO_RETRY } };
    if (answer.retryAfter === null) return reply;
    return { ...reply, headers: { ...reply.headers, 'retry-after': String(answer.retryAfter) } };
  }
  const { model, stream } = conversation;
  const inputTokens = estimateTokens(body.length);
  const context = { model, target, seed: body, inputTokens };
  const tokens = { ...EMPTY_TALLY.tokens, input: inputTokens, output: answer.outputTokens };
  return {
    status: 200,
    headers: stream ? { 'content-type': demo.streamType?.(target) ?? EVENTS_TYPE } : JSON_TYPE,
    body: stream
      ? Readable.from(demo.stream(answer, context), { objectMode: false })
      : JSON.stringify(demo.write(answer, context)),
    tally: { ...EMPTY_TALLY, tokens },
  };
}

function refusal(protocol: Protocol, status: number, message: string): DemoReply {
  const body = JSON.stringify(protocol.errorBody(status, message));
  return { status, headers: JSON_TYPE, body, tally: EMPTY_TALLY };
}
