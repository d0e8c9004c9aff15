import type { IncomingHttpHeaders } from 'node:http';
import type { LoginEnd } from '../../../protocol/schemas/login.ts';
import type { LimitKind } from '../../../protocol/schemas/service.ts';
import type { Conversation } from '../demo/conversation.ts';
import type { DemoMessage } from '../demo/respond.ts';
import type { Extras } from './extras.ts';
import type { Bills } from '../bills/bills.ts';
import type { Step } from './step.ts';
import type { Tally } from './tally.ts';

/**
 * One provider's API protocol: everything the gateway has to understand of it. A protocol has a folder of its own and
 * an entry in PROTOCOLS; nothing else in the gateway knows its paths, headers, fields or error texts. All of it is
 * pure except for the meter, which is a stream.
 */
export interface Protocol {
  readonly name: string;
  /** Its name for people; follows "does not speak" in a refusal. */
  readonly label: string;
  readonly routes: readonly Route[];
  /**
   * Reads a request to a route of kind `answer`. Never refuses: an invalid request is passed on for the provider to
   * answer.
   */
  readRequest(body: Buffer, target: Target): ReadRequest;
  /** The same request to another model; one whose model cannot be read is returned as it is. */
  changeModel(request: RawRequest, model: string): RawRequest;
  /** The headers of the request to the provider: the box's without its identity (see `keepHeaders`), and with the key. */
  requestHeaders(given: IncomingHttpHeaders, credential: Credential): Record<string, string>;
  /** Whether this key is for a client that sends such headers: some are for the provider's own client alone. */
  servesClient(credential: Credential, given: IncomingHttpHeaders): boolean;
  /** Whether a client needs this header of an answer; those that identify the account are never passed. */
  passesBack(header: string): boolean;
  /** An error in the provider's own format, the only one that its clients parse. The message contains no secret. */
  errorBody(status: number, message: string): unknown;
  /** The limit that an answer of 400 or more reports, or null. `now` in epoch milliseconds. */
  readLimit(answer: FailedAnswer, now: number): Limit | null;
  /** What a successful answer says is left of the account's limits; null when it says nothing. */
  readLeft(headers: IncomingHttpHeaders): Left | null;
  /** What an answer of 400 or more says about the key: refused, or not allowed to do this one thing; null: nothing. */
  readRefusal(answer: FailedAnswer): Refusal | null;
  /** The group of a provider's models that shares a limit with this one; null when the name does not tell. */
  classOf(model: string): string | null;
  /** The free call of `provider test`. */
  readonly probe: Probe;
  /** How logins are renewed that this protocol takes in place of a key; absent: it takes none. */
  readonly login?: LoginFace;
  readonly demo: DemoFace;
  /** The usage API of the protocol's maker; null: none is known, or another of its protocols has it. */
  readonly bills: Bills | null;
}

/** A path on an agent's socket, and its upstream path. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** May contain parameters: `/models/{model}`. Protocols may share a path: the agent's provider decides. */
  readonly path: string;
  /** The path below the provider's base URL, with the query parameters that are passed on. */
  upstreamPath(target: Target): string;
  /** `answer`: a call to a model, which costs money and is reported. `free`: neither. */
  readonly kind: 'answer' | 'free';
  /** The demo model's answer on a free route; throws a DemoRefusal for a body that it cannot read. */
  readonly demo?: (body: Buffer) => unknown;
}

/** Where a request goes: a route, with the values of its path's parameters and of its query. */
export interface Target {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** A request before anything of it is read. */
export interface RawRequest {
  readonly body: Buffer;
  readonly target: Target;
}

/** The parameters of a request; null where absent. */
export interface RequestFacts {
  readonly model: string | null;
  /** It names its model more than once, so that the provider may read another one. */
  readonly repeatsModel: boolean;
  /** The limit of output tokens in the request. */
  readonly maxTokens: number | null;
  readonly stream: boolean;
}

export interface ReadRequest {
  readonly facts: RequestFacts;
  readonly extras: Extras;
  /** The body for the provider: unchanged, unless the usage has to be requested. */
  readonly body: Buffer;
  /** A meter for the answer. Parts that the box did not ask for are removed from it. */
  createMeter(contentType: string): Meter;
}

/** Counts the reported tokens of an answer that passes. A stream that ends before its message does ends with a CutOffError. */
export interface Meter extends Step {
  /** The tokens counted so far. */
  tally(): Tally;
  /** True when something that should have been counted could not be read; final once the stream has ended. */
  missed(): boolean;
  /** What has not been counted so far of what is paid. */
  gap(): Gap;
}

/**
 * What is not known of an answer's tokens: nothing; its output, which is estimated from its text; its input as well; or
 * all of it.
 */
export type Gap = 'none' | 'output' | 'input' | 'all';

/** An answer other than a success. `body` is its beginning, as text and without the key. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Limit {
  readonly kind: LimitKind;
  /** When it ends (epoch milliseconds); null when the answer does not say. */
  readonly until: number | null;
}

/** The share (0 to 1) that is left of the counter which is nearest to its end, and how long that holds. */
export interface Left {
  readonly share: number;
  readonly forMs: number;
}

/** A key, and what it opens. */
export interface Credential {
  readonly key: string;
  /** Whether the API is that of the protocol's maker, and not one that is compatible with it. */
  readonly isOwnApi: boolean;
  /** Of a login, whose access token is `key`: the account that pays. */
  readonly login?: LoginIdentity | null;
}

export interface LoginIdentity {
  readonly account: string | null;
  readonly isFedramp: boolean;
}

/** The exchange of a refresh token for the next tokens. */
export interface LoginFace {
  request(refreshToken: string): { readonly headers: Readonly<Record<string, string>>; readonly body: string };
  /** Reads an answer. `now` in epoch milliseconds. */
  read(answer: { status: number; body: string }, now: number): RenewalAnswer;
  /** The free call with a login. */
  readonly probe: Pick<Probe, 'path' | 'isModelList'>;
}

/**
 * `renewed`: the next tokens (no refresh token: the old one stays), with the end of the access token by this machine's
 * clock. `ended`: the login is over. `failed`: the refresh token was not taken, and may be sent again. `unknown`: it may
 * have been taken.
 */
export type RenewalAnswer =
  | {
      readonly is: 'renewed';
      readonly access: string;
      readonly refresh: string | null;
      readonly expiresAt: number | null;
    }
  | { readonly is: 'ended'; readonly why: LoginEnd }
  | { readonly is: 'failed' | 'unknown' };

export type Refusal = 'refused' | 'forbidden';

export interface Probe {
  /** Of the list of models. */
  readonly path: string;
  /**
   * Of a call to a model. A compatible API may have no list, or show it to anybody: it gets a call without a model, which
   * it refuses as a bad request once it has taken the key.
   */
  readonly callPath: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a body is a list of models in this protocol. */
  isModelList(body: unknown): boolean;
  /** The provider's error text in the body of an error, if it is one. */
  errorMessage(body: unknown): string | null;
}

/** The demo model's reader and writers for this protocol. */
export interface DemoFace {
  /** Throws a DemoRefusal that says what is wrong with the body. */
  read(body: Buffer, target: Target): Conversation;
  /** The answer in one piece, as it becomes JSON. */
  write(answer: DemoMessage, context: DemoContext): unknown;
  /** The pieces of a streamed answer. */
  stream(answer: DemoMessage, context: DemoContext): Iterable<string>;
  /** The content type of a streamed answer; without it, server-sent events. */
  streamType?(target: Target): string;
}

/** Parameters for writing a demo answer. */
export interface DemoContext {
  /** The model's name in the request. */
  readonly model: string;
  readonly target: Target;
  /** The request's body; equal bodies give equal ids, other bodies other ids. */
  readonly seed: Buffer;
  readonly inputTokens: number;
}

/** A request that the demo model cannot read; the message says why. */
export class DemoRefusal extends Error {
  override readonly name = 'DemoRefusal';
}

/** The provider's stream ended before its message did. The box must see it break, so that its CLI retries. */
export class CutOffError extends Error {
  override readonly name: string = 'CutOffError';
}
