import * as z from 'zod';
import type { ReadRequest } from '../protocol.ts';
import { readExtras } from '../extras.ts';
import { readModel } from '../json-model.ts';
import { chatRules } from '../openai/extras.ts';
import { readParts } from '../read-body.ts';
import { createMeter } from './meter.ts';

const number = z.number().nullish().catch(null);
const requestParts = z.looseObject({
  max_tokens: number,
  max_completion_tokens: number,
  n: number,
  stream: z.boolean().nullish().catch(null),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish().catch(null) })
    .nullish()
    .catch(null),
});

/**
 * A streamed answer reports its usage only on request (`stream_options.include_usage`). Where the box does not ask for
 * it, the gateway does, and the meter removes the additional chunk from the answer again.
 */
export function readRequest(body: Buffer): ReadRequest {
  const parts = readParts(body, requestParts);
  const { model, repeated } = readModel(body);
  const stream = parts?.stream === true;
  const hideUsage = parts !== null && stream && parts.stream_options?.include_usage !== true;
  const extras = readExtras(body, chatRules);
  const most = parts?.max_completion_tokens ?? parts?.max_tokens ?? null;
  return {
    facts: {
      model,
      repeatsModel: repeated,
      maxTokens: most === null ? null : most * (parts?.n ?? 1),
      stream,
    },
    extras,
    body: hideUsage ? askForUsage(body) : body,
    createMeter: (contentType) => createMeter(contentType, { hideUsage, longCache: extras.longCache }),
  };
}

function askForUsage(body: Buffer): Buffer {
  const given = readParts(body, z.looseObject({ stream_options: z.looseObject({}).nullish() }));
  if (given !== null && 'stream_options' in given) {
    const options = { ...given.stream_options, include_usage: true };
    try {
      return Buffer.from(JSON.stringify({ ...given, stream_options: options }));
    } catch {
      // Nested too deep to be serialized again: the answer passes uncounted, and has no known price.
      return body;
    }
  }
  // Inserted as text: numbers and everything else stay byte for byte as the box wrote them.
  const open = body.indexOf('{') + 1;
  const asked = Buffer.from('"stream_options":{"include_usage":true},');
  return Buffer.concat([body.subarray(0, open), asked, body.subarray(open)]);
}
