import type { IncomingHttpHeaders } from 'node:http';
import { isSetupToken } from '../../../../protocol/providers.ts';
import { keepHeaders } from '../keep-headers.ts';
import type { Credential } from '../protocol.ts';

/** The beta that Claude Code names when it is signed in with a subscription. */
const OAUTH_BETA = 'oauth-2025-04-20';

/**
 * The headers of the request to the provider: the box's, without its identity, and with the hive's key. Compatible APIs
 * differ in which header they read a key from, so they get both.
 */
export function buildRequestHeaders(given: IncomingHttpHeaders, credential: Credential): Record<string, string> {
  const headers = keepHeaders(given);
  const { key, isOwnApi } = credential;
  if (!isOwnApi) return { ...headers, 'x-api-key': key, authorization: `Bearer ${key}` };
  if (!isSubscription(credential)) return { ...headers, 'x-api-key': key };
  const betas = (headers['anthropic-beta'] ?? '').split(',').map((beta) => beta.trim());
  const withOauth = [...betas.filter((beta) => beta !== '' && beta !== OAUTH_BETA), OAUTH_BETA];
  return { ...headers, authorization: `Bearer ${key}`, 'anthropic-beta': withOauth.join(',') };
}

/** A subscription's token is for Claude Code alone, which names itself so (seen of its version 2.1.197). */
export function servesClient(credential: Credential, given: IncomingHttpHeaders): boolean {
  if (!isSubscription(credential)) return true;
  return given['x-app'] === 'cli' && /^claude-cli\/\d/.test(given['user-agent'] ?? '');
}

function isSubscription({ key, isOwnApi }: Credential): boolean {
  return isOwnApi && isSetupToken('anthropic', key);
}

const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|request-id|x-should-retry|cache-control|anthropic-.+)$/;

export function passesBack(header: string): boolean {
  return PASSED_BACK.test(header) && header !== 'anthropic-organization-id';
}
