import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
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

interface Call {
  readonly request: FastifyRequest;
  readonly kind: CallKind;
  readonly signal: AbortSignal;
  readonly outcome: CallOutcome;
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
  const outcome = startOutcome();
  const gone = new AbortController();
  let provider: Provider | null = null;
  reply.raw.once('close', () => {
    gone.abort();
    const name = provider?.name ?? 'demo';
    const record = recordCall({ id: deps.newId(), agent, provider: name, startedAt, endedAt: deps.now() }, outcome);
    if (path === '/v1/messages' && provider !== null) deps.reports.add(record);
    const { status, model, usage } = record;
    deps.log('info', 'call', { agent, path, provider: name, status, model, ms: record.endedAt - startedAt, ...usage });
  });
  if (Number(request.headers['content-length'] ?? 0) > deps.maxBodyBytes) {
    outcome.status = 413;
    return send(reply, tooLarge(deps.maxBodyBytes));
  }
  provider = await deps.provider.current();
  const call: Call = { request, kind, signal: gone.signal, outcome };
  const answer = await (provider.name === 'demo' ? askDemo(call, deps) : askAnthropic(call, deps, provider.key));
  // It left: there is nobody to answer.
  if (gone.signal.aborted) return reply.hijack();
  outcome.status = answer.status;
  return send(reply, answer);
}

async function askAnthropic(call: Call, deps: ServeDeps, key: string): Promise<Answer> {
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
    outcome.asked = answer.askedModel;
    outcome.tally = () => {
      const tally = answer.meter.tally();
      if (kind.path !== '/v1/messages' || !answer.meter.missed()) return tally;
      deps.log('warn', 'an answer could not be counted', { agent: kind.agent });
      // It cost something, and nobody knows how much: a call without a price, not one for nothing.
      return { ...tally, unusualPrice: true };
    };
    return answer;
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
