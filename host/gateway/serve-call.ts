import type { FastifyReply, FastifyRequest } from 'fastify';
import { askEntries, type EntryDeps } from './ask-entries.ts';
import { BodyTooLargeError } from './body-limit.ts';
import { type Answer, type Call, type CallKind, refusal, tooLarge } from './call.ts';
import { recordCall, startOutcome } from './call-record.ts';
import { UnreadableBodyError } from './encodings/unreadable-body.ts';
import type { OpenCalls } from './open-calls.ts';
import type { Protocol } from './protocols/protocol.ts';
import { type HeldBody, NoRoomError, readRequestBody } from './read-request-body.ts';

export interface ServeDeps extends EntryDeps {
  /** Numbers the reports of calls. */
  readonly nextCall: () => number;
  readonly openCalls: Pick<OpenCalls, 'add' | 'remove'>;
  readonly maxBodyBytes: number;
  readonly newId: () => string;
}

/** Without a reason, every end of a call would make an error with a stack trace. */
const LEFT = new Error('the box has left');

/**
 * Answers one call and reports it when its connection is done with it: reads the request, decides, calls the provider
 * or the demo model. A call that reached neither costs nothing and is not reported; neither are free ones. Each provider
 * that is tried is a call of its own in the reports.
 */
export async function serveCall(
  exchange: { request: FastifyRequest; reply: FastifyReply },
  kind: CallKind,
  deps: ServeDeps,
) {
  const { request, reply } = exchange;
  const gone = new AbortController();
  const begin = (): Call => {
    const outcome = startOutcome();
    const cli = deps.accounts.modelsOf(kind.agent)?.cli ?? null;
    const begun = { id: deps.newId(), startedAt: deps.now(), request, kind, cli, signal: gone.signal, outcome };
    if (kind.route.kind === 'answer') deps.openCalls.add(begun);
    return begun;
  };
  /** The newest try; the box gets its answer. */
  let call = begin();
  const tryAgain = (status: number): Call => {
    call.outcome.status = status;
    closeCall(call, deps);
    return (call = begin());
  };
  const leave = () => {
    gone.abort(LEFT);
    closeCall(call, deps);
  };
  // It may have left before its route was known.
  if (reply.raw.closed || reply.raw.destroyed) leave();
  else reply.raw.once('close', leave);
  let held: HeldBody | null = null;
  try {
    if (Number(request.headers['content-length'] ?? 0) > deps.maxBodyBytes)
      throw new BodyTooLargeError(`over ${deps.maxBodyBytes} bytes`);
    const encoding = request.headers['content-encoding'] ?? '';
    const options = { maxBytes: deps.maxBodyBytes, encoding, room: kind.room, signal: gone.signal };
    held = await readRequestBody(request.raw, options);
    const answer = await askEntries({ call, tryAgain }, deps, held.bytes);
    // The box disconnected: there is nobody to answer.
    if (gone.signal.aborted) return reply.hijack();
    call.outcome.status = answer.status;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  } catch (error) {
    if (gone.signal.aborted) return reply.hijack();
    const answer = refuseBody(error, kind.protocol, deps.maxBodyBytes);
    call.outcome.status = answer.status;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  } finally {
    held?.release();
  }
}

function closeCall(ended: Call, deps: ServeDeps): void {
  deps.openCalls.remove(ended);
  const { id, startedAt, kind, outcome } = ended;
  const { agent, route } = kind;
  const endedAt = deps.now();
  const call = { agent, path: route.path, provider: outcome.answerer ?? 'none', ms: endedAt - startedAt };
  if (outcome.answerer === null) {
    deps.spending.end(id, null);
    return deps.log.info({ ...call, status: outcome.status }, 'call');
  }
  const isPaid = route.kind === 'answer';
  const number = isPaid ? deps.nextCall() : 0;
  const facts = { id, agent, provider: outcome.answerer, startedAt, endedAt, call: number };
  const record = recordCall(facts, outcome);
  deps.spending.end(id, record);
  if (isPaid) deps.reports.add({ ended: record });
  const { status, model, insteadOf, usage, reasoningTokens } = record;
  return deps.log.info({ ...call, status, model, insteadOf, ...usage, reasoningTokens }, 'call');
}

function refuseBody(error: unknown, protocol: Protocol, maxBytes: number): Answer {
  if (error instanceof BodyTooLargeError) return tooLarge(protocol, maxBytes);
  if (error instanceof UnreadableBodyError) {
    const words = "The request's body cannot be decoded. The hive's gateway reads gzip, br, deflate and zstd.";
    return refusal(protocol, 415, words);
  }
  if (!(error instanceof NoRoomError)) throw error;
  const answer = refusal(protocol, 503, 'Requests under way take too much memory. Try again when one has its answer.');
  return { ...answer, headers: { ...answer.headers, 'retry-after': '1', connection: 'close' } };
}
