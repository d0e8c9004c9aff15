import { DEMO, type ProviderName, providerFacts } from '../../protocol/providers.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { RequestFacts } from './protocols/protocol.ts';

/** Facts about a call before it is made. */
export interface CallFacts extends RequestFacts {
  readonly agent: AgentName;
  /** The agent's provider. */
  readonly provider: ProviderName;
  /**
   * The provider's account from hived: nothing received yet; no key; no key, and the demo model may answer; a key; a
   * refused key.
   */
  readonly account: 'not_told' | 'no_key' | typeof DEMO | 'key' | 'key_refused';
  /** When a limit ends that another call on this account met; null while none holds. Epoch milliseconds. */
  readonly limitedUntil: number | null;
  /** The protocol of the call. */
  readonly protocol: { readonly name: string; readonly label: string };
  /** Whether it is a call to a model, which costs money. */
  readonly isPaid: boolean;
  /** Size of the request's body. */
  readonly bytes: number;
}

export type RefusalCode = 'not_told' | 'no_key' | 'key_refused' | 'wrong_protocol' | 'limited';

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
  const { label, protocols } = providerFacts(facts.provider);
  const setKey = `hivectl provider set ${facts.provider}`;
  if (facts.account === 'not_told') {
    const words = 'The hive has not yet said who answers for the model.';
    return { do: 'refuse', code: 'not_told', status: 503, words, retry: true };
  }
  if (facts.account !== DEMO && !protocols.includes(facts.protocol.name)) {
    const words = `This agent's model provider is ${label}, which does not speak ${facts.protocol.label}. Its spec says which provider it is on; the operator can change that.`;
    return { do: 'refuse', code: 'wrong_protocol', status: 404, words, retry: false };
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
    case 'key': {
      if (facts.limitedUntil === null || !facts.isPaid) return { do: 'allow' };
      const ends = new Date(facts.limitedUntil).toISOString();
      const words = `The account at ${label} has reached a limit, which another call was told; it ends at ${ends}.`;
      return { do: 'refuse', code: 'limited', status: 429, words, retry: true };
    }
    case DEMO:
      return { do: 'allow' };
  }
}
