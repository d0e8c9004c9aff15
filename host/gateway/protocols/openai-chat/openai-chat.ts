import { bills } from '../openai/bills.ts';
import { errorBody } from '../openai/errors.ts';
import { buildRequestHeaders, passesBack } from '../openai/headers.ts';
import { readLeft, readLimit, readRefusal } from '../openai/limits.ts';
import { classOf, listModels, probe } from '../openai/models.ts';
import { changeModel } from '../json-model.ts';
import type { Protocol, Route } from '../protocol.ts';
import { readConversation } from './read-demo.ts';
import { readRequest } from './read-request.ts';
import { writeChunks, writeCompletion } from './write-demo.ts';

const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', upstreamPath: () => '/chat/completions', kind: 'answer' },
  { method: 'GET', path: '/v1/models', upstreamPath: () => '/models', kind: 'free', demo: listModels },
];

/**
 * OpenAI's Chat Completions API, as OpenAI and many other providers speak it. A base URL ends with its version: …/v1.
 */
export const openaiChat: Protocol = {
  name: 'openai-chat',
  label: "OpenAI's Chat Completions API",
  routes: ROUTES,
  readRequest,
  changeModel,
  requestHeaders: buildRequestHeaders,
  /** A login is for the Responses API alone. */
  servesClient: ({ login }) => login == null,
  passesBack,
  errorBody,
  readLimit,
  readLeft,
  readRefusal,
  classOf,
  probe,
  demo: { read: readConversation, write: writeCompletion, stream: writeChunks },
  bills,
};
