import { anthropic } from './anthropic/anthropic.ts';
import { gemini } from './gemini/gemini.ts';
import { openaiChat } from './openai-chat/openai-chat.ts';
import { openaiResponses } from './openai-responses/openai-responses.ts';
import { kindFacts, type ProviderKind } from '../../../protocol/providers.ts';
import type { LoginFace, Protocol } from './protocol.ts';

/**
 * Every protocol that agents' sockets speak. A request that fits none of them is answered with an error of the first
 * one.
 */
export const PROTOCOLS: readonly [Protocol, ...Protocol[]] = [anthropic, openaiChat, openaiResponses, gemini];

/** The protocol in which a login of this kind of provider is used. Throws for a kind that has none, which is a bug. */
export function loginProtocolOf(kind: ProviderKind): { protocol: Protocol; face: LoginFace } {
  const { protocols } = kindFacts(kind);
  for (const protocol of PROTOCOLS)
    if (protocol.login !== undefined && protocols.includes(protocol.name)) return { protocol, face: protocol.login };
  throw new Error(`the gateway renews no logins of ${kind}`);
}
