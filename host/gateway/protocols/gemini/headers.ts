import type { IncomingHttpHeaders } from 'node:http';
import { keepHeaders } from '../keep-headers.ts';
import type { Credential } from '../protocol.ts';

/** The hive decides which project pays: this header of a box is dropped. */
const ACCOUNT_HEADERS = ['x-goog-user-project'];

/**
 * The headers of the request to the provider: the box's, without its identity, and with the hive's key. The API also
 * takes a key in the query; there it could be logged, so neither the gateway's nor a box's ever stands there.
 */
export function buildRequestHeaders(given: IncomingHttpHeaders, { key }: Credential): Record<string, string> {
  return { ...keepHeaders(given, ACCOUNT_HEADERS), 'x-goog-api-key': key };
}

const PASSED_BACK = /^(?:content-type|retry-after|x-should-retry|cache-control|server-timing)$/;

export function passesBack(header: string): boolean {
  return PASSED_BACK.test(header);
}
