import type * as z from 'zod';
import { DemoRefusal } from './protocol.ts';
import { parseJson } from '../../../system/text/parse-json.ts';

/** The JSON of a body in UTF-8; undefined when it is not JSON. */
export function decodeJson(body: Buffer): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** A body that the demo model is to answer. Throws a DemoRefusal that names the field at fault. */
export function readForDemo<S extends z.ZodType>(body: Buffer, schema: S): z.output<S> {
  const json = decodeJson(body);
  if (json === undefined) throw new DemoRefusal('The body is not valid JSON in UTF-8.');
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new DemoRefusal(issue === undefined ? 'The body does not fit.' : `${issue.path.join('.')}: ${issue.message}`);
}

/** Larger bodies are not parsed: that would block every other agent's calls meanwhile. */
const MAX_PARSED_BYTES = 16 * 1024 * 1024;

/**
 * The parts of a request that `schema` has; null for a body that is too large, not JSON, or does not fit the schema.
 */
export function readParts<S extends z.ZodType>(body: Buffer, schema: S): z.output<S> | null {
  if (body.length > MAX_PARSED_BYTES) return null;
  return schema.safeParse(decodeJson(body)).data ?? null;
}
