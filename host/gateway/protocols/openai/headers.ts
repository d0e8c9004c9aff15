import type { IncomingHttpHeaders } from 'node:http';
import { keepHeaders } from '../keep-headers.ts';
import type { Credential } from '../protocol.ts';

/** The hive decides which account pays: these headers of a box are dropped. */
const ACCOUNT_HEADERS = ['openai-organization', 'openai-project', 'chatgpt-account-id', 'x-openai-fedramp'];

/** The headers of the request to the provider: the box's, without its identity, and with the hive's key. */
export function buildRequestHeaders(given: IncomingHttpHeaders, { key, login }: Credential): Record<string, string> {
  const headers = { ...keepHeaders(given, ACCOUNT_HEADERS), authorization: `Bearer ${key}` };
  return {
    ...headers,
    ...(login?.account == null ? {} : { 'chatgpt-account-id': login.account }),
    ...(login?.isFedramp === true ? { 'x-openai-fedramp': 'true' } : {}),
  };
}

/** A login is for calls of codex, which names itself in two headers (seen of its version 0.169.0). */
export function isOwnClient(given: IncomingHttpHeaders): boolean {
  const { originator, 'user-agent': agent = '' } = given;
  if (typeof originator !== 'string' || !/^(?:codex[-_][a-z_]{1,32}|Codex [\w ]{1,32})$/.test(originator)) return false;
  return agent.startsWith(`${originator}/`) && /^\d/.test(agent.slice(originator.length + 1));
}

const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|x-request-id|x-should-retry|cache-control|x-ratelimit-.+|openai-(?:model|version|processing-ms)|x-codex-turn-state|x-codex-(?:[a-z0-9]+-)?(?:primary|secondary)-(?:used-percent|window-minutes|reset-at))$/;

export function passesBack(header: string): boolean {
  return PASSED_BACK.test(header);
}
