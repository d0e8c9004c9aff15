import type { IncomingHttpHeaders } from 'node:http';

/** Headers about one connection only (RFC 9110, 7.6.1), or that we set ourselves. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'accept-encoding',
]);

/** Headers that say who asks: the provider shall see the hive's key and nothing of the box's. */
const IDENTITY_HEADERS: ReadonlySet<string> = new Set([
  'x-api-key',
  'authorization',
  'cookie',
  'forwarded',
  'via',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
]);

/** What a key of a subscription (OAuth) needs beside itself. */
const OAUTH_BETA = 'oauth-2025-04-20';

/** The headers of the request to the provider: the box's, without its identity, and with the hive's key. */
export function buildRequestHeaders(given: IncomingHttpHeaders, key: string): Record<string, string> {
  const named = new Set((given.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || named.has(name) || CONNECTION_HEADERS.has(name) || IDENTITY_HEADERS.has(name)) continue;
    if (name.startsWith('proxy-') || name.startsWith('x-forwarded-')) continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // What comes back is read for usage and for a leaked key, so it must not be compressed.
  headers['accept-encoding'] = 'identity';
  if (!key.startsWith('sk-ant-oat')) return { ...headers, 'x-api-key': key };
  const betas = (headers['anthropic-beta'] ?? '').split(',').map((beta) => beta.trim());
  const withOauth = [...betas.filter((beta) => beta !== '' && beta !== OAUTH_BETA), OAUTH_BETA];
  return { ...headers, authorization: `Bearer ${key}`, 'anthropic-beta': withOauth.join(',') };
}

const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|request-id|x-should-retry|cache-control|anthropic-.+)$/;

/**
 * The headers of the provider's answer that the box gets: an allow-list, cleaned by `redact`.
 * Whose account pays is none of the box's business.
 */
export function pickAnswerHeaders(
  given: IncomingHttpHeaders,
  redact: (text: string) => string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || !PASSED_BACK.test(name) || name === 'anthropic-organization-id') continue;
    headers[name] = redact(Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}
