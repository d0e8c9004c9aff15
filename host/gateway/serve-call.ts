import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import type { CallStart } from '../../protocol/schemas/service.ts';
import { errorBody } from './anthropic/errors.ts';
import { forwardCall } from './anthropic/forward.ts';
import { explainFailure, type Upstream } from './anthropic/upstream.ts';
import { BodyTooLargeError, limitBody } from './body-limit.ts';
import { type CallOutcome, recordCall, startOutcome } from './call-record.ts';
import { answerCountTokens, answerMessages } from './demo/answer-demo.ts';
import { type Log, nameError } from './log.ts';
import type { Provider, ProviderSlot } from './provider.ts';
import type { Reports } from './reports/reports.ts';

export interface ServeDeps {
  readonly provider: ProviderSlot;
  readonly upstream: Upstream;
  readonly reports: Pick<Reports, 'add'>;
  readonly log: Log;
  readonly maxBodyBytes: number;
  readonly demoBodyBytes: number;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Which of the API's two calls, and for whom. */
export interface CallKind {
  readonly agent: AgentName;
  readonly path: '/v1/messages' | '/v1/messages/count_tokens';
}

/** What is sent to the box. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
}

type AnthropicProvider = Extract<Provider, { name: 'anthropic' }>;

interface Call {
  readonly request: FastifyRequest;
  readonly kind: CallKind;
  readonly signal: AbortSignal;
  readonly outcome: CallOutcome;
  readonly begun: Omit<CallStart, 'provider'>;
}

/** Answers one call to a model, and reports it when its connection is done with it. Counting tokens is free and not reported. */
export async function serveCall(
  exchange: { request: FastifyRequest; reply: FastifyReply },
  kind: CallKind,
  deps: ServeDeps,
) {
  const { request, reply } = exchange;
  const { agent, path } = kind;
  const startedAt = deps.now();
  const id = deps.newId();
  const outcome = startOutcome();
  const gone = new AbortController();
  let provider: Provider | null = null;
  reply.raw.once('close', () => {
    gone.abort();
    const endedAt = deps.now();
    const ms = endedAt - startedAt;
    // A call that nobody was asked for costs nothing and is nothing to report.
    if (provider === null || provider.name === 'none' || outcome.barred) {
      deps.log('info', 'call', { agent, path, provider: 'none', status: outcome.status, ms });
      return;
    }
    const record = recordCall({ id, agent, provider: provider.name, startedAt, endedAt }, outcome);
    if (path === '/v1/messages') deps.reports.add({ ended: record });
    const { status, model, usage } = record;
    deps.log('info', 'call', { agent, path, provider: provider.name, status, model, ms, ...usage });
  });
  if (Number(request.headers['content-length'] ?? 0) > deps.maxBodyBytes) {
    outcome.status = 413;
    return send(reply, tooLarge(deps.maxBodyBytes));
  }
  provider = await deps.provider.current();
  const begun = { id, agent, startedAt };
  const call: Call = { request, kind, signal: gone.signal, outcome, begun };
  const answer = await ask(call, deps, provider);
  // It left: there is nobody to answer.
  if (gone.signal.aborted) return reply.hijack();
  outcome.status = answer.status;
  return send(reply, answer);
}

/** A client that reads this header does not try again by itself: only the operator can change the answer. */
const NO_RETRY = { 'x-should-retry': 'false' };
const KEY_REFUSED =
  'The key was refused by the model provider. The operator sets another one: hivectl provider set anthropic';
const NO_KEY =
  'No key is set for the model provider. The operator sets one: hivectl provider set anthropic (or chooses the scripted model: hivectl provider demo)';

async function ask(call: Call, deps: ServeDeps, provider: Provider): Promise<Answer> {
  switch (provider.name) {
    case 'demo':
      return askDemo(call, deps);
    case 'none':
      if (provider.why === 'not_told') return refusal(503, 'The hive has not yet said who answers for the model.');
      return refuseLogin(call, NO_KEY);
    case 'anthropic': {
      if (provider.guard.bars()) return refuseLogin(call, KEY_REFUSED);
      // It costs money from now on, whether or not this process lives to say how much.
      if (call.kind.path === '/v1/messages') deps.reports.add({ started: { ...call.begun, provider: provider.name } });
      return askAnthropic(call, deps, provider);
    }
  }
}

function refuseLogin({ request, outcome }: Call, message: string): Answer {
  outcome.barred = true;
  // What the box still sends is read and thrown away, so that its connection can carry the answer.
  request.raw.resume();
  const answer = refusal(401, message);
  return { ...answer, headers: { ...answer.headers, ...NO_RETRY } };
}

async function askAnthropic(call: Call, deps: ServeDeps, { key, guard }: AnthropicProvider): Promise<Answer> {
  const { request, kind, signal, outcome } = call;
  const query = (request.query as { beta?: unknown }).beta === 'true' ? '?beta=true' : '';
  try {
    const answer = await forwardCall(
      {
        path: `${kind.path}${query}`,
        headers: request.headers,
        body: request.raw,
        maxBodyBytes: deps.maxBodyBytes,
        signal,
      },
      { upstream: deps.upstream, key },
    );
    guard.hear(answer.said);
    outcome.asked = answer.askedModel;
    outcome.tally = () => {
      const tally = answer.meter.tally();
      if (kind.path !== '/v1/messages' || !answer.meter.missed()) return tally;
      deps.log('warn', 'an answer could not be counted', { agent: kind.agent });
      // It cost something, and nobody knows how much: a call without a price, not one for nothing.
      return { ...tally, unusualPrice: true };
    };
    return answer.status === 401 ? { ...answer, headers: { ...answer.headers, ...NO_RETRY } } : answer;
  } catch (error) {
    if (error instanceof BodyTooLargeError) return tooLarge(deps.maxBodyBytes);
    const { status, message } = explainFailure(error);
    if (!signal.aborted)
      deps.log('warn', 'the provider does not answer', { agent: kind.agent, reason: nameError(error) });
    return refusal(status, message);
  }
}

async function askDemo(call: Call, deps: ServeDeps): Promise<Answer> {
  const { request, kind, signal, outcome } = call;
  const maxBytes = Math.min(deps.maxBodyBytes, deps.demoBodyBytes);
  try {
    const body = await buffer(limitBody(request.raw, { maxBytes, signal }));
    const answer = kind.path === '/v1/messages' ? await answerMessages(body, signal) : answerCountTokens(body);
    outcome.asked = () => answer.model;
    outcome.tally = () => answer.tally;
    return answer;
  } catch (error) {
    if (error instanceof BodyTooLargeError) return tooLarge(maxBytes);
    if (signal.aborted) return refusal(408, 'The request broke off.');
    throw error;
  }
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}

function tooLarge(maxBytes: number): Answer {
  const answer = refusal(413, `The request is over ${maxBytes} bytes.`);
  return { ...answer, headers: { ...answer.headers, connection: 'close' } };
}

function refusal(status: number, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(errorBody(status, message)),
  };
}
