import type { ServerResponse } from 'node:http';
import { type MockProvider, startMockProvider } from '../../host/gateway/fixtures/mock-provider.ts';
import * as responses from '../../host/gateway/protocols/openai-responses/fixtures/answers.ts';
import { USAGE as CHAT_USAGE } from '../../host/gateway/protocols/openai-chat/fixtures/answers.ts';
import * as gemini from '../../host/gateway/protocols/gemini/fixtures/answers.ts';

/**
 * One server that is three providers, by the beginning of the path: `/openai` (Responses), `/lab` (Chat Completions)
 * and `/gemini`. Each streams an answer that real CLIs accept, with the text `said by NAME`; all report 1000 input
 * tokens, 400 of them cached, and 120 output tokens, 20 of them reasoning.
 */
export async function startCliProvider(): Promise<MockProvider & { limited: Set<ProviderKind> }> {
  const mock = await startMockProvider([]);
  const limited = new Set<ProviderKind>();
  mock.answer = (response, request) => {
    const kind = (/^\/(openai|lab|gemini)\//.exec(request.url ?? '')?.[1] ?? 'openai') as ProviderKind;
    if (request.method !== 'POST') return refuse(response, 404, '{"error":{"message":"not here"}}');
    if (limited.has(kind)) return refuse(response, 429, LIMITS[kind]);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of STREAMS[kind]) response.write(piece);
    response.end();
  };
  return Object.assign(mock, { limited });
}

export type ProviderKind = 'openai' | 'lab' | 'gemini';

function refuse(response: ServerResponse, status: number, body: string): void {
  const retry = status === 429 ? { 'retry-after': '3600' } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...retry });
  response.end(body);
}

const openaiLimit = { message: 'Rate limit reached for requests.', type: 'requests', code: 'rate_limit_exceeded' };
const LIMITS: Record<ProviderKind, string> = {
  openai: JSON.stringify({ error: openaiLimit }),
  lab: JSON.stringify({ error: openaiLimit }),
  gemini: JSON.stringify({
    error: { code: 429, message: 'Resource has been exhausted.', status: 'RESOURCE_EXHAUSTED' },
  }),
};

const item = (text: string) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const at = { output_index: 0, item_id: 'msg_1', content_index: 0 };
const chunk = (rest: object) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'lab-1', ...rest })}\n\n`;
const delta = (given: object, finish_reason: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: given, finish_reason }] });

/** The same of `/openai` alone. */
export const OPENAI_STREAM = [
  responses.CREATED,
  responses.event('response.output_item.added', { output_index: 0, item: { ...item(''), content: [] } }),
  responses.event('response.output_text.delta', { ...at, delta: 'said by ' }),
  responses.event('response.output_text.delta', { ...at, delta: 'openai' }),
  responses.event('response.output_item.done', { output_index: 0, item: item('said by openai') }),
  responses.event('response.completed', { response: responses.response({ output: [item('said by openai')] }) }),
];

const STREAMS: Record<ProviderKind, readonly string[]> = {
  openai: OPENAI_STREAM,
  lab: [
    delta({ role: 'assistant', content: '' }),
    delta({ content: 'said by ' }),
    delta({ content: 'lab' }),
    delta({}, 'stop'),
    chunk({ choices: [], usage: CHAT_USAGE }),
    'data: [DONE]\n\n',
  ],
  gemini: gemini.asEvents([
    gemini.answer([{ text: 'said by ' }]),
    gemini.answer([{ text: 'gemini' }]),
    gemini.answer([{ text: '' }], { usageMetadata: gemini.USAGE }, { finishReason: 'STOP' }),
  ]),
};
