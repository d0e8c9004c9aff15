import * as z from 'zod';
import type { Protocol, ReadRequest, Target } from '../protocol.ts';
import { readParts } from '../read-body.ts';
import { readExtras } from '../extras.ts';
import { errorBody, readError } from './errors.ts';
import { extraRules } from './extras.ts';
import { buildRequestHeaders, passesBack } from './headers.ts';
import { readLimit, readRefusal } from './limits.ts';
import { createMeter } from './meter.ts';
import { countTokens, readConversation } from './read-demo.ts';
import { isStream, listRoutes, modelOf, wantsEvents } from './routes.ts';
import { listModels, streamType, writeAnswer, writeChunks } from './write-demo.ts';

const number = z.number().nullish().catch(null);
const config = z.object({ maxOutputTokens: number, candidateCount: number }).nullish().catch(null);
const requestParts = z.object({ generationConfig: config });
const modelList = z.object({ models: z.array(z.object({ name: z.string() })) });

/** Google's Gemini API. A base URL ends before its version: …googleapis.com. */
export const gemini: Protocol = {
  name: 'gemini',
  label: 'the Gemini API',
  routes: listRoutes({ countTokens, listModels }),
  readRequest,
  changeModel: ({ body, target }, model) => ({ body, target: { ...target, params: { ...target.params, model } } }),
  requestHeaders: buildRequestHeaders,
  servesClient: () => true,
  passesBack,
  errorBody,
  readLimit,
  // Its answers say nothing of what is left.
  readLeft: () => null,
  readRefusal,
  // Each model has its own limit, whatever its version.
  classOf: (model) => model.replace(/-(?:latest|\d{3})$/, ''),
  probe: {
    path: '/v1beta/models?pageSize=1',
    callPath: '/v1beta/models/none:generateContent',
    headers: {},
    isModelList: (body) => modelList.safeParse(body).success,
    errorMessage: (body) => readError(body)?.message ?? null,
  },
  demo: { read: readConversation, write: writeAnswer, stream: writeChunks, streamType },
  bills: null,
};

/** Model and streaming are in the path, so they are known whatever the body is. */
function readRequest(body: Buffer, target: Target): ReadRequest {
  const parts = readParts(body, requestParts);
  const { maxOutputTokens = null, candidateCount = null } = parts?.generationConfig ?? {};
  const stream = isStream(target);
  return {
    facts: {
      model: modelOf(target),
      repeatsModel: false,
      maxTokens: maxOutputTokens === null ? null : maxOutputTokens * (candidateCount ?? 1),
      stream,
    },
    extras: readExtras(body, extraRules),
    body,
    createMeter: (contentType) => createMeter(contentType, { array: stream && !wantsEvents(target) }),
  };
}
