import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import { DEMO, type ProviderName } from '../../protocol/providers.ts';
import type { Account, Accounts } from './accounts.ts';
import type { SpendGuard } from './budgets/spend-guard.ts';
import { BodyTooLargeError } from './body-limit.ts';
import type { BodyRoom } from './body-room.ts';
import { type CallOutcome, recordCall, startOutcome } from './call-record.ts';
import { decideCall } from './decide-call.ts';
import type { Hold, Holds } from './holds.ts';
import { answerDemo } from './demo/answer-demo.ts';
import { UnreadableBodyError } from './encodings/unreadable-body.ts';
import type { Log } from '../../system/log.ts';
import { nameError } from './name-error.ts';
import type { FailedAnswer, Protocol, ReadRequest, Route, Target } from './protocols/protocol.ts';
import { type HeldBody, NoRoomError, readRequestBody } from './read-request-body.ts';
import type { LimitReports } from './reports/limit-reports.ts';
import type { Reports } from './reports/reports.ts';
import { explainFailure } from './upstream/connect-upstream.ts';
import { forwardCall } from './upstream/forward.ts';

export interface ServeDeps {
  readonly accounts: Pick<Accounts, 'of'>;
  readonly reports: Pick<Reports, 'add'>;
  readonly limitReports: LimitReports;
  readonly holds: Pick<Holds, 'hear' | 'heldBy' | 'lift'>;
  readonly spending: Pick<SpendGuard, 'ask' | 'watch' | 'end'>;
  /** Numbers the reports of calls. */
  readonly nextCall: () => number;
  readonly log: Log;
  readonly maxBodyBytes: number;
  readonly demoBodyBytes: number;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Which of a protocol's calls, and for whom. */
export interface CallKind {
  readonly agent: AgentName;
  readonly protocol: Protocol;
  readonly route: Route;
  /** Memory for the agent's requests. */
  readonly room: BodyRoom;
}

/** What is sent to the box. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
}

interface Call {
  readonly id: string;
  readonly startedAt: number;
  readonly request: FastifyRequest;
  readonly kind: CallKind;
  readonly signal: AbortSignal;
  readonly outcome: CallOutcome;
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
  const outcome = startOutcome();
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

/** The router has parsed it. */
function targetOf({ request, kind }: Call): Target {
  const { params, query } = request as { params: Record<string, string>; query: Record<string, unknown> };
  return { route: kind.route, params, query };
}

function closeCall({ id, startedAt, kind, outcome }: Call, deps: ServeDeps): void {
  const { agent, protocol, route } = kind;
  const endedAt = deps.now();
  const call = { agent, path: route.path, provider: outcome.answerer ?? 'none', ms: endedAt - startedAt };
  if (outcome.answerer === null) {
    deps.spending.end(id, null);
    return deps.log.info({ ...call, status: outcome.status }, 'call');
  }
  const isPaid = route.kind === 'answer';
  const number = isPaid ? deps.nextCall() : 0;
  const facts = { id, agent, provider: outcome.answerer, startedAt, endedAt, prices: protocol.prices, call: number };
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
  const account = await deps.accounts.of(agent);
  const held =
    account.state === 'key' && route.kind === 'answer'
      ? deps.holds.heldBy({ provider: account.provider, models: modelsOf(protocol, outcome.asked) })
      : null;
  const decision = decideCall({
    ...read.facts,
    agent,
    provider: account.provider,
    account: account.state === 'key' && account.guard.bars() ? 'key_refused' : account.state,
    limitedUntil: held?.until ?? null,
    protocol,
    isPaid: route.kind === 'answer',
    bytes: body.length,
  });
  if (decision.do === 'refuse') {
    deps.log.info({ agent, provider: account.provider, code: decision.code }, 'a call was refused');
    const answer = refusal(protocol, decision.status, decision.words);
    if (held !== null && decision.code === 'limited')
      return refuseHeld(call, deps, { held, answer, provider: account.provider });
    return decision.retry ? answer : { ...answer, headers: { ...answer.headers, ...NO_RETRY } };
  }
  if (route.kind === 'free')
    return account.state === 'key' ? askProvider(call, deps, { account, read }) : askDemo(call, deps, body);
  const free = account.state === DEMO;
  const { model, maxTokens } = read.facts;
  const wanted = { id: call.id, agent, model, maxTokens, bytes: body.length, prices: protocol.prices, free };
  const ruling = await deps.spending.ask(wanted, call.signal);
  if (ruling.do === 'refuse') return refuseSpending(protocol, ruling);
  outcome.expected = ruling.expected;
  if (account.state === 'key') return askProvider(call, deps, { account, read });
  return askDemo(call, deps, body);
}

/** The models that share a limit with the requested one. */
function modelsOf(protocol: Protocol, model: string | null): string {
  return model === null ? '' : (protocol.classOf(model) ?? model);
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
  await deps.limitReports.tell({ agent, provider, modelClass, kind, until, at: call.startedAt });
  const seconds = Math.max(1, Math.ceil((held.until - deps.now()) / 1_000));
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}

/** A budget that is used up is for the operator to raise; one that is only reserved is free again soon. */
function refuseSpending(protocol: Protocol, { words, retry }: { words: string; retry: boolean }): Answer {
  const answer = refusal(protocol, retry ? 503 : 402, words);
  return { ...answer, headers: { ...answer.headers, ...(retry ? { 'retry-after': '5' } : NO_RETRY) } };
}

/** A client that gets this header does not retry: only the operator can change the answer. */
export const NO_RETRY = { 'x-should-retry': 'false' };

async function askProvider(
  call: Call,
  deps: ServeDeps,
  { account, read }: { account: Extract<Account, { state: 'key' }>; read: ReadRequest },
): Promise<Answer> {
  const { request, kind, signal, outcome } = call;
  const { agent, protocol, route } = kind;
  const { provider, key, guard, upstream } = account;
  outcome.answerer = provider;
  // It costs money from now on, even if this process dies before it knows how much.
  if (route.kind === 'answer')
    deps.reports.add({
      started: {
        id: call.id,
        agent,
        startedAt: call.startedAt,
        provider,
        reservedUsd: outcome.expected?.whole.usd ?? null,
        reservedTokens: outcome.expected?.whole.tokens ?? 0,
      },
    });
  // The provider works from here on. If the box leaves before an answer begins, the request is paid; an answer in one
  // piece may be written already.
  outcome.gap = () => (read.facts.stream ? 'input' : 'all');
  const path = route.upstreamPath(targetOf(call));
  try {
    const forwarded = { protocol, method: route.method, path, headers: request.headers, request: read, signal };
    const answer = await forwardCall(forwarded, { upstream, key });
    const refused = answer.failed === null ? null : protocol.readRefusal(answer.failed);
    guard.hear(answer.said, refused);
    const models = modelsOf(protocol, outcome.asked);
    if (answer.failed !== null) {
      const limit = protocol.readLimit(answer.failed, deps.now());
      if (limit !== null) deps.holds.hear({ provider, models }, limit);
      await tellLimit(call, deps, answer.failed);
    } else if (route.kind === 'answer') deps.holds.lift({ provider, models });
    outcome.gap = answer.meter.gap;
    outcome.tally = () => {
      const tally = answer.meter.tally();
      if (route.kind === 'free' || !answer.meter.missed()) return tally;
      deps.log.warn({ agent }, 'an answer could not be counted');
      // The cost is unknown: a call without a price, not a free one.
      return { ...tally, unusualPrice: true };
    };
    if (refused === 'refused') return { ...answer, headers: { ...answer.headers, ...NO_RETRY } };
    if (answer.failed !== null || typeof answer.body === 'string') return answer;
    return { ...answer, body: deps.spending.watch(call.id, answer.body, () => answer.meter.tally()) };
  } catch (error) {
    // Nobody answered, and the box is there: an outage costs nothing.
    outcome.gap = () => 'none';
    const { status, message } = explainFailure(error);
    if (!signal.aborted) deps.log.warn({ agent, provider, reason: nameError(error) }, 'the provider does not answer');
    return refusal(protocol, status, message);
  }
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
    if (status >= 400)
      await tellLimit(call, deps, { status, headers, body: typeof answer.body === 'string' ? answer.body : '' });
    return answer;
  } catch (error) {
    if (signal.aborted) return refusal(protocol, 408, 'The request broke off.');
    throw error;
  }
}

/** hived must know of a limit before the box does, so that the end of the limit is known when the turn ends. */
async function tellLimit({ kind, startedAt, outcome }: Call, deps: ServeDeps, failed: FailedAnswer): Promise<void> {
  const { agent, protocol } = kind;
  const limit = protocol.readLimit(failed, deps.now());
  if (limit === null || outcome.answerer === null) return;
  const modelClass = outcome.asked === null ? null : protocol.classOf(outcome.asked);
  await deps.limitReports.tell({ agent, provider: outcome.answerer, modelClass, ...limit, at: startedAt });
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

function refusal(protocol: Protocol, status: number, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(protocol.errorBody(status, message)),
  };
}
