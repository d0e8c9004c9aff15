import * as z from 'zod';
import type { Protocol, ReadRequest, Route, Target } from '../protocol.ts';
import { changeModel, readModel } from '../json-model.ts';
import { readParts } from '../read-body.ts';
import { bills } from './bills.ts';
import { readExtras } from '../extras.ts';
import { errorBody } from './errors.ts';
import { extraRules } from './extras.ts';
import { buildRequestHeaders, passesBack, servesClient } from './headers.ts';
import { classOf, readLeft, readLimit, readRefusal } from './limits.ts';
import { createMeter } from './meter.ts';
import { countTokens, readConversation } from './read-demo.ts';
import { listModels, writeMessage, writeStream } from './write-demo.ts';

/** The only query parameter that clients use is `beta=true`. */
const withBeta =
  (path: string) =>
  ({ query }: Target) =>
    `${path}${query['beta'] === 'true' ? '?beta=true' : ''}`;

const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/messages', upstreamPath: withBeta('/v1/messages'), kind: 'answer' },
  {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    upstreamPath: withBeta('/v1/messages/count_tokens'),
    kind: 'free',
    demo: countTokens,
  },
  { method: 'GET', path: '/v1/models', upstreamPath: listPath, kind: 'free', demo: listModels },
];

/** The list's pages: how many models, and which one it begins after or ends before. */
function listPath({ query }: Target): string {
  const kept = ['limit', 'after_id', 'before_id'].flatMap((name) => {
    const value = query[name];
    return typeof value === 'string' && /^[\w.-]{1,200}$/.test(value) ? [`${name}=${value}`] : [];
  });
  return kept.length === 0 ? '/v1/models' : `/v1/models?${kept.join('&')}`;
}

const requestParts = z.object({
  max_tokens: z.number().nullish().catch(null),
  stream: z.boolean().nullish().catch(null),
});
const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });
const errorAnswer = z.object({ error: z.object({ message: z.string() }) });

/** Anthropic's Messages API. */
export const anthropic: Protocol = {
  name: 'anthropic',
  label: 'the Anthropic API',
  routes: ROUTES,
  readRequest,
  changeModel,
  requestHeaders: buildRequestHeaders,
  servesClient,
  passesBack,
  errorBody,
  readLimit,
  readLeft,
  readRefusal,
  classOf,
  probe: {
    path: '/v1/models?limit=1',
    callPath: '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    isModelList: (body) => modelList.safeParse(body).success,
    errorMessage: (body) => errorAnswer.safeParse(body).data?.error.message ?? null,
  },
  demo: { read: readConversation, write: writeMessage, stream: writeStream },
  bills,
};

function readRequest(body: Buffer): ReadRequest {
  const parts = readParts(body, requestParts);
  const { model, repeated } = readModel(body);
  return {
    facts: {
      model,
      repeatsModel: repeated,
      maxTokens: parts?.max_tokens ?? null,
      stream: parts?.stream === true,
    },
    extras: readExtras(body, extraRules),
    body,
    createMeter,
  };
}
