import * as z from 'zod';
import type { Protocol, Route } from '../protocol.ts';
import { errorBody } from './errors.ts';
import { buildRequestHeaders, passesBack } from './headers.ts';
import { readLimit, readRefusal } from './limits.ts';
import { readConversation } from './read-demo.ts';
import { readRequest } from './read-request.ts';
import { listModels, writeChunks, writeCompletion } from './write-demo.ts';

const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', upstreamPath: () => '/chat/completions', kind: 'answer' },
  { method: 'GET', path: '/v1/models', upstreamPath: () => '/models', kind: 'free', demo: listModels },
];

const modelList = z.object({ object: z.literal('list'), data: z.array(z.object({ id: z.string() })) });
const errorAnswer = z.object({ error: z.object({ message: z.string() }) });

/**
 * OpenAI's Chat Completions API, as OpenAI and many other providers speak it. A base URL ends with its version: …/v1.
 */
export const openaiChat: Protocol = {
  name: 'openai-chat',
  label: "OpenAI's Chat Completions API",
  routes: ROUTES,
  readRequest,
  requestHeaders: buildRequestHeaders,
  passesBack,
  errorBody,
  readLimit,
  readRefusal,
  // Each model has its own limit.
  classOf: (model) => model.replace(/-\d{4}-\d{2}-\d{2}$/, ''),
  // No shipped price list: none is dated and authoritative enough. Calls are counted in tokens, their cost is unknown.
  prices: () => null,
  probe: {
    path: '/models',
    headers: {},
    isModelList: (body) => modelList.safeParse(body).success,
    errorMessage: (body) => errorAnswer.safeParse(body).data?.error.message ?? null,
  },
  demo: { read: readConversation, write: writeCompletion, stream: writeChunks },
};
