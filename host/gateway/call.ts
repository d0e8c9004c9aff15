import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import type { BodyRoom } from './body-room.ts';
import type { CallOutcome } from './call-record.ts';
import type { Protocol, Route, Target } from './protocols/protocol.ts';

/** Which of a protocol's calls, and for whom. */
export interface CallKind {
  readonly agent: AgentName;
  readonly protocol: Protocol;
  readonly route: Route;
  /** Memory for the agent's requests. */
  readonly room: BodyRoom;
}

/** A call of a box while it is served. */
export interface Call {
  readonly id: string;
  readonly startedAt: number;
  readonly request: FastifyRequest;
  readonly kind: CallKind;
  /** The CLI of its agent's driver (see CallClient). */
  readonly cli: string | null;
  readonly signal: AbortSignal;
  readonly outcome: CallOutcome;
}

/** What is sent to the box. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable;
}

/** A client that gets this header does not retry: only the operator can change the answer. */
export const NO_RETRY = { 'x-should-retry': 'false' };

/** The router has parsed it. */
export function targetOf({ request, kind }: Call): Target {
  const { params, query } = request as { params: Record<string, string>; query: Record<string, unknown> };
  return { route: kind.route, params, query };
}

/** An answer of the gateway's own, in the provider's error format. */
export function refusal(protocol: Protocol, status: number, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(protocol.errorBody(status, message)),
  };
}

export function tooLarge(protocol: Protocol, maxBytes: number): Answer {
  const answer = refusal(protocol, 413, `The request is over ${maxBytes} bytes.`);
  return { ...answer, headers: { ...answer.headers, connection: 'close' } };
}

/**
 * The class of a model for hived and its notices; null for a model that no price names: boxes choose the names that they
 * ask for, and nothing that they choose is said in the hive's name.
 */
export function classToTell({ kind, outcome }: Pick<Call, 'kind' | 'outcome'>): string | null {
  const { asked, prices } = outcome;
  return asked !== null && prices(asked)?.isOwn === true ? kind.protocol.classOf(asked) : null;
}

/** As much of a model's name as tells it from others: a box may invent a long one. */
const KEY_CHARS = 200;

/** The models that share a limit with one. */
export function modelsLike(protocol: Protocol, model: string | null): string {
  return model === null ? '' : (protocol.classOf(model) ?? model).slice(0, KEY_CHARS);
}
