import type { IncomingHttpHeaders } from 'node:http';

/** Headers about one connection only (RFC 9110, 7.6.1), or that the gateway sets itself for the provider. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'upgrade',
  'expect',
  'host',
  'accept-encoding',
]);

/** Headers that identify the caller: the provider shall see the hive's key and nothing of the box's. */
const IDENTITY_HEADERS: ReadonlySet<string> = new Set([
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'authorization',
  'cookie',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
]);

/** Headers by which a server may take the request for another one, or leave the usage out of its answer. */
const OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-original-host',
  'x-rewrite-url',
  'x-host',
  'x-goog-fieldmask',
  // Of routers of models: another provider than the one of the base URL.
  'x-provider',
]);

/** By these a server of Google's serves a request in another tier, which costs more. */
const TIER_HEADERS = 'x-vertex-ai-llm-';

/** Types of answers that the meters read, of which a client may accept one or several. */
const READ_TYPES = /^(?:(?:application\/json|text\/event-stream|\*\/\*)(?:;[^,]*)?(?:, *|$))+$/;

/**
 * The box's headers for the provider: without connection headers, identity headers, overrides and `omit`. A body is sent as
 * JSON in UTF-8, as it was read: a server that reads it in another encoding might find another model in it.
 */
export function keepHeaders(given: IncomingHttpHeaders, omit: readonly string[] = []): Record<string, string> {
  const named = new Set((given.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || named.has(name) || CONNECTION_HEADERS.has(name)) continue;
    if (IDENTITY_HEADERS.has(name) || OVERRIDES.has(name)) continue;
    if (
      name.startsWith('proxy-') ||
      name.startsWith('x-forwarded-') ||
      name.startsWith(TIER_HEADERS) ||
      omit.includes(name)
    )
      continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // In another format nothing of an answer could be counted.
  if (!READ_TYPES.test(headers['accept'] ?? '')) delete headers['accept'];
  if (headers['content-type'] !== undefined) headers['content-type'] = 'application/json';
  // The answer is scanned for usage and for a leaked key, so it must not be compressed.
  headers['accept-encoding'] = 'identity';
  return headers;
}
