import * as z from 'zod';
import { readExtras } from '../extras.ts';
import { errorBody } from '../openai/errors.ts';
import { responsesRules } from '../openai/extras.ts';
import { buildRequestHeaders, isOwnClient, passesBack } from '../openai/headers.ts';
import { readLeft, readLimit, readRefusal } from '../openai/limits.ts';
import { login } from '../openai/login.ts';
import { classOf, probe } from '../openai/models.ts';
import type { Meter, Protocol, ReadRequest, Route } from '../protocol.ts';
import { changeModel, readModel } from '../json-model.ts';
import { readParts } from '../read-body.ts';
import { createMeter } from './meter.ts';
import { readConversation } from './read-demo.ts';
import { writeEvents, writeResponse } from './write-demo.ts';

/** The list of models is the same as that of the Chat Completions API, which serves it. */
const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/responses', upstreamPath: () => '/responses', kind: 'answer' },
];

const requestParts = z.object({
  max_output_tokens: z.number().nullish().catch(null),
  stream: z.boolean().nullish().catch(null),
  background: z.boolean().nullish().catch(null),
});

/** OpenAI's Responses API. A base URL ends with its version: …/v1. */
export const openaiResponses: Protocol = {
  name: 'openai-responses',
  label: "OpenAI's Responses API",
  routes: ROUTES,
  readRequest,
  changeModel,
  requestHeaders: buildRequestHeaders,
  servesClient: (credential, given) => credential.login == null || isOwnClient(given),
  passesBack,
  errorBody,
  readLimit,
  readLeft,
  readRefusal,
  classOf,
  probe,
  login,
  demo: { read: readConversation, write: writeResponse, stream: writeEvents },
  bills: null,
};

/** A response in the background goes on without its reader: only one that was read to its end is counted. */
function countWhole(meter: Meter): Meter {
  return { ...meter, gap: () => (meter.gap() === 'none' && !meter.missed() ? 'none' : 'all') };
}

/** A streamed answer always ends with its usage, so nothing has to be requested. */
function readRequest(body: Buffer): ReadRequest {
  const parts = readParts(body, requestParts);
  const { model, repeated } = readModel(body);
  const extras = readExtras(body, responsesRules);
  const meterOf = (type: string) => createMeter(type, extras);
  return {
    facts: {
      model,
      repeatsModel: repeated,
      maxTokens: parts?.max_output_tokens ?? null,
      stream: parts?.stream === true,
    },
    extras,
    body,
    createMeter: parts?.background === true ? (type) => countWhole(meterOf(type)) : meterOf,
  };
}
