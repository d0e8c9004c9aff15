import { sample as anthropic } from '../../../host/gateway/protocols/anthropic/fixtures/sample.ts';
import type { ProtocolSample } from '../../../host/gateway/protocols/fixtures/sample.ts';
import { sample as gemini } from '../../../host/gateway/protocols/gemini/fixtures/sample.ts';
import { sample as openaiChat } from '../../../host/gateway/protocols/openai-chat/fixtures/sample.ts';
import { sample as openaiResponses } from '../../../host/gateway/protocols/openai-responses/fixtures/sample.ts';
import type { ProviderKind } from '../../../protocol/providers.ts';

/** A protocol with its streamed call to a model, as a box sends it. */
export interface SpokenCall {
  readonly provider: Extract<ProviderKind, 'anthropic' | 'openai' | 'gemini'>;
  readonly path: string;
  readonly sample: ProtocolSample;
}

/** The protocols by the last word of their figures. */
export const CALLS = {
  anthropic: { provider: 'anthropic', path: '/v1/messages', sample: anthropic },
  chat: { provider: 'openai', path: '/v1/chat/completions', sample: openaiChat },
  responses: { provider: 'openai', path: '/v1/responses', sample: openaiResponses },
  gemini: {
    provider: 'gemini',
    path: `/v1beta/models/${gemini.model}:streamGenerateContent?alt=sse`,
    sample: gemini,
  },
} as const satisfies Record<string, SpokenCall>;

export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as [CallName, ...CallName[]];
