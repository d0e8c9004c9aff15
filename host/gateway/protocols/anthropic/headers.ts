import type { IncomingHttpHeaders } from 'node:http';
import { keepHeaders } from '../keep-headers.ts';

/** The beta header that a subscription key (OAuth) needs. */
const OAUTH_BETA = 'oauth-2025-04-20';

/** The headers of the request to the provider: the box's, without its identity, and with the hive's key. */
export function buildRequestHeaders(given: IncomingHttpHeaders, key: string): Record<string, string> {
  const headers = keepHeaders(given);
  if (!key.startsWith('sk-ant-oat')) return { ...headers, 'x-api-key': key };
  const betas = (headers['anthropic-beta'] ?? '').split(',').map((beta) => beta.trim());
  const withOauth = [...betas.filter((beta) => beta !== '' && beta !== OAUTH_BETA), OAUTH_BETA];
  return { ...headers, authorization: `Bearer ${key}`, 'anthropic-beta': withOauth.join(',') };
}

const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|request-id|x-should-retry|cache-control|anthropic-.+)$/;

export function passesBack(header: string): boolean {
  return PASSED_BACK.test(header) && header !== 'anthropic-organization-id';
}
