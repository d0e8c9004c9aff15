import type { IncomingHttpHeaders } from 'node:http';
import { keepHeaders } from '../keep-headers.ts';
import type { Credential } from '../protocol.ts';

/** The hive decides which account pays: these headers of a box are dropped. */
const ACCOUNT_HEADERS = ['openai-organization', 'openai-project'];

/** The headers of the request to the provider: the box's, without its identity, and with the hive's key. */
export function buildRequestHeaders(given: IncomingHttpHeaders, { key }: Credential): Record<string, string> {
  return { ...keepHeaders(given, ACCOUNT_HEADERS), authorization: `Bearer ${key}` };
}

const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|x-request-id|x-should-retry|cache-control|x-ratelimit-.+|openai-(?:model|version|processing-ms))$/;

export function passesBack(header: string): boolean {
  return PASSED_BACK.test(header);
}
