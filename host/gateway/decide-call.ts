import { DEMO, kindFacts, type ProviderKind, type ProviderName, sayProvider } from '../../protocol/providers.ts';
import type { AgentName } from '../../protocol/names.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { RequestFacts } from './protocols/protocol.ts';

/** How much of a name that an agent chose is repeated. */
const SAID_CHARS = 200;

/** Facts about a call before it is made. */
export interface CallFacts extends RequestFacts {
  readonly agent: AgentName;
  /** The agent's provider. */
  readonly provider: ProviderName;
  /** Its kind; null while hived has not said, and for a provider that it does not know. */
  readonly kind: ProviderKind | null;
  /**
   * The provider's accounts from hived: nothing received yet; no such provider; no key; no key, and the demo model may
   * answer; a key that can be used; only refused keys; only keys that a limit holds; only keys that are not for this
   * client.
   */
  readonly account:
    | 'not_told'
    | 'unknown'
    | 'no_key'
    | typeof DEMO
    | 'key'
    | 'key_refused'
    | 'limited'
    | 'wrong_client';
  /** When the limit ends that other calls met; null while none holds. Epoch milliseconds. */
  readonly limitedUntil: number | null;
  /** The protocol of the call. */
  readonly protocol: { readonly name: string; readonly label: string };
  /** Whether the agent may use the requested model; `allowed`: those that it may use, null for any. */
  readonly mayUse: boolean;
  /** A model that it names beside its own (of a tool, a fallback) and may not use; null: none. */
  readonly forbidden: string | null;
  /** A part that may name a model could not be read. */
  readonly unread: boolean;
  readonly allowed: readonly string[] | null;
  /** Size of the request's body. */
  readonly bytes: number;
}

export type RefusalCode =
  | 'not_told'
  | 'unknown'
  | 'no_key'
  | 'key_refused'
  | 'wrong_protocol'
  | 'wrong_client'
  | 'wrong_model'
  | 'limited';

export type CallDecision =
  | { readonly do: 'allow' }
  | {
      readonly do: 'refuse';
      readonly code: RefusalCode;
      /** The HTTP status for the box, whose client decides by it whether to retry. */
      readonly status: number;
      /** For the agent, and the operator who reads its transcript. */
      readonly words: string;
      /** False: only the operator can change the answer, so the client should not retry. */
      readonly retry: boolean;
    };

/**
 * Decides whether a call may be made, for every call, free ones too, before the provider or the demo model is called.
 * Every rule that keeps an agent from a model belongs here.
 */
export function decideCall(facts: CallFacts): CallDecision {
  const { provider, kind } = facts;
  const setKey = `hivectl provider set ${provider}`;
  if (facts.account === 'unknown') {
    const words = `This agent's model provider "${provider}" is not declared in the hive. The operator declares it (hivectl provider add ${provider}) or gives the agent another one.`;
    return { do: 'refuse', code: 'unknown', status: 401, words, retry: false };
  }
  if (facts.account === 'not_told' || kind === null) {
    const words = 'The hive has not yet said who answers for the model.';
    return { do: 'refuse', code: 'not_told', status: 503, words, retry: true };
  }
  const label = sayProvider({ name: provider, kind });
  if (facts.account !== DEMO && !kindFacts(kind).protocols.includes(facts.protocol.name)) {
    const words = `This agent's model provider is ${label}, which does not speak ${facts.protocol.label}. Its spec says which provider it is on; the operator can change that.`;
    return { do: 'refuse', code: 'wrong_protocol', status: 404, words, retry: false };
  }
  // Readers of JSON differ in which of two values counts, so the model that was judged may not be the one that answers.
  if (facts.repeatsModel && facts.allowed !== null) {
    const words = 'The request names its model more than once.';
    return { do: 'refuse', code: 'wrong_model', status: 400, words, retry: false };
  }
  if (!facts.mayUse && facts.model === null) {
    const words = 'No model could be read in the request: a JSON object in UTF-8 with a text "model" is expected.';
    return { do: 'refuse', code: 'wrong_model', status: 400, words, retry: false };
  }
  if (!facts.mayUse) {
    const words = `This agent may not use the model "${shorten(facts.model ?? '', SAID_CHARS)}". It may use: ${facts.allowed?.join(', ') ?? ''}. The operator can change that: hivectl edit ${facts.agent} --model MODEL`;
    return { do: 'refuse', code: 'wrong_model', status: 404, words, retry: false };
  }
  if (facts.forbidden !== null) {
    const words = `The request names another model beside its own, "${shorten(facts.forbidden, SAID_CHARS)}" (for a tool, an advisor or a fallback), which this agent may not use. It may use: ${facts.allowed?.join(', ') ?? ''}.`;
    return { do: 'refuse', code: 'wrong_model', status: 400, words, retry: false };
  }
  if (facts.unread && facts.allowed !== null) {
    const words =
      'A part of the request that may name another model cannot be read: fields that are no JSON, or too long.';
    return { do: 'refuse', code: 'wrong_model', status: 400, words, retry: false };
  }
  switch (facts.account) {
    case 'no_key': {
      const words = `No key is set for the model provider. The operator sets one: ${setKey} (or chooses the scripted model: hivectl provider demo)`;
      return { do: 'refuse', code: 'no_key', status: 401, words, retry: false };
    }
    case 'key_refused': {
      const words = `The key was refused by the model provider. The operator sets another one: ${setKey}`;
      return { do: 'refuse', code: 'key_refused', status: 401, words, retry: false };
    }
    case 'wrong_client': {
      const words = `${label} is served by a subscription here (a token or a login), which is for calls of its own client alone. Use that client, or let the operator set a key: ${setKey} --add`;
      return { do: 'refuse', code: 'wrong_client', status: 403, words, retry: false };
    }
    case 'limited': {
      const ends = facts.limitedUntil === null ? 'later' : `at ${new Date(facts.limitedUntil).toISOString()}`;
      const words = `The account at ${label} has reached a limit, which another call was told; it ends ${ends}.`;
      return { do: 'refuse', code: 'limited', status: 429, words, retry: true };
    }
    case 'key':
    case DEMO:
      return { do: 'allow' };
  }
}
