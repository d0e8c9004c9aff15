import type { FastifyReply, FastifyRequest } from 'fastify';
import { DEMO, type ProviderName } from '../../protocol/providers.ts';
import type { Accounts } from './accounts.ts';
import { type AskDeps, askProvider, pickingCall, tellLimit } from './ask-provider.ts';
import type { SpendGuard } from './budgets/spend-guard.ts';
import { BodyTooLargeError } from './body-limit.ts';
import { type Answer, type Call, type CallKind, NO_RETRY, refusal, targetOf } from './call.ts';
import { recordCall, startOutcome } from './call-record.ts';
import { decideCall } from './decide-call.ts';
import type { Hold } from './holds.ts';
import { answerDemo } from './demo/answer-demo.ts';
import { UnreadableBodyError } from './encodings/unreadable-body.ts';
import type { Protocol } from './protocols/protocol.ts';
import { type HeldBody, NoRoomError, readRequestBody } from './read-request-body.ts';

export interface ServeDeps extends AskDeps {
  readonly accounts: Pick<Accounts, 'of'>;
  readonly spending: Pick<SpendGuard, 'ask' | 'watch' | 'end'>;
  /** Numbers the reports of calls. */
  readonly nextCall: () => number;
  readonly maxBodyBytes: number;
  readonly demoBodyBytes: number;
  readonly newId: () => string;
}

/**
 * Answers one call and reports it when its connection is done with it: reads the request, decides, calls the provider
 * or the demo model. A call that reached neither costs nothing and is not reported; neither are free ones.
 */
export async function serveCall(
  exchange: { request: FastifyRequest; reply: FastifyReply },
  kind: CallKind,
  deps: ServeDeps,
) {
  const { request, reply } = exchange;
  const gone = new AbortController();
  const outcome = startOutcome(kind.protocol.prices);
  const call: Call = { id: deps.newId(), startedAt: deps.now(), request, kind, signal: gone.signal, outcome };
  reply.raw.once('close', () => {
    gone.abort();
    closeCall(call, deps);
  });
  let held: HeldBody | null = null;
  try {
    if (Number(request.headers['content-length'] ?? 0) > deps.maxBodyBytes)
      throw new BodyTooLargeError(`over ${deps.maxBodyBytes} bytes`);
    const encoding = request.headers['content-encoding'] ?? '';
    const options = { maxBytes: deps.maxBodyBytes, encoding, room: kind.room, signal: gone.signal };
    held = await readRequestBody(request.raw, options);
    const answer = await decideAndAsk(call, deps, held.bytes);
    // The box disconnected: there is nobody to answer.
    if (gone.signal.aborted) return reply.hijack();
    outcome.status = answer.status;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  } catch (error) {
    if (gone.signal.aborted) return reply.hijack();
    const answer = refuseBody(error, kind.protocol, deps.maxBodyBytes);
    outcome.status = answer.status;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  } finally {
    held?.release();
  }
}

function closeCall({ id, startedAt, kind, outcome }: Call, deps: ServeDeps): void {
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
  const { status, model, usage, reasoningTokens } = record;
  return deps.log.info({ ...call, status, model, ...usage, reasoningTokens }, 'call');
}

async function decideAndAsk(call: Call, deps: ServeDeps, body: Buffer): Promise<Answer> {
  const { kind, outcome } = call;
  const { agent, protocol, route } = kind;
  const read = protocol.readRequest(body, targetOf(call));
  outcome.asked = read.facts.model;
  const answerer = await deps.accounts.of(agent);
  const picked = answerer.state === 'keys' ? deps.picker.pick(answerer, pickingCall(call)) : null;
  const held = picked?.state === 'limited' ? picked.hold : null;
  const decision = decideCall({
    ...read.facts,
    agent,
    provider: answerer.provider,
    kind: answerer.kind,
    account: answerer.state === 'keys' ? (picked?.state ?? 'key') : answerer.state,
    limitedUntil: held?.until ?? null,
    protocol,
    bytes: body.length,
  });
  if (decision.do === 'refuse') {
    deps.log.info({ agent, provider: answerer.provider, code: decision.code }, 'a call was refused');
    const answer = refusal(protocol, decision.status, decision.words);
    if (held !== null && decision.code === 'limited')
      return refuseHeld(call, deps, { held, answer, provider: answerer.provider });
    return decision.retry ? answer : { ...answer, headers: { ...answer.headers, ...NO_RETRY } };
  }
  const account = picked?.state === 'key' ? picked.account : null;
  if (account !== null && !account.isOwnApi) outcome.prices = () => null;
  if (route.kind === 'answer') {
    const free = answerer.state === DEMO;
    const { model, maxTokens } = read.facts;
    const wanted = { id: call.id, agent, model, maxTokens, bytes: body.length, prices: outcome.prices, free };
    const ruling = await deps.spending.ask(wanted, call.signal);
    if (ruling.do === 'refuse') return refuseSpending(protocol, ruling);
    outcome.expected = ruling.expected;
  }
  if (answerer.state !== 'keys' || account === null) return askDemo(call, deps, body);
  return askProvider(call, deps, { provider: answerer, account, read });
}

/** As the provider would refuse it: with the limit's end, which hived knows before the box does. */
async function refuseHeld(
  call: Call,
  deps: ServeDeps,
  { held, answer, provider }: { held: Hold; answer: Answer; provider: ProviderName },
): Promise<Answer> {
  const { agent, protocol } = call.kind;
  const modelClass = call.outcome.asked === null ? null : protocol.classOf(call.outcome.asked);
  const { kind, until } = held;
  const ofAll = { key: null, isOfKeyOnly: false };
  await deps.limitReports.tell({ agent, provider, modelClass, kind, until, ...ofAll, at: call.startedAt });
  const seconds = Math.max(1, Math.ceil((held.until - deps.now()) / 1_000));
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}

/** A budget that is used up is for the operator to raise; one that is only reserved is free again soon. */
function refuseSpending(protocol: Protocol, { words, retry }: { words: string; retry: boolean }): Answer {
  const answer = refusal(protocol, retry ? 503 : 402, words);
  return { ...answer, headers: { ...answer.headers, ...(retry ? { 'retry-after': '5' } : NO_RETRY) } };
}

async function askDemo(call: Call, deps: ServeDeps, body: Buffer): Promise<Answer> {
  const { kind, signal, outcome } = call;
  const { protocol } = kind;
  if (body.length > deps.demoBodyBytes) return tooLarge(protocol, deps.demoBodyBytes);
  outcome.answerer = DEMO;
  try {
    const answer = await answerDemo({ protocol, target: targetOf(call), body }, signal);
    outcome.tally = () => answer.tally;
    const { status, headers } = answer;
    const failed = { status, headers, body: typeof answer.body === 'string' ? answer.body : '' };
    const limit = status < 400 ? null : protocol.readLimit(failed, deps.now());
    if (limit !== null) await tellLimit(call, deps, limit);
    return answer;
  } catch (error) {
    if (signal.aborted) return refusal(protocol, 408, 'The request broke off.');
    throw error;
  }
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

function tooLarge(protocol: Protocol, maxBytes: number): Answer {
  const answer = refusal(protocol, 413, `The request is over ${maxBytes} bytes.`);
  return { ...answer, headers: { ...answer.headers, connection: 'close' } };
}
