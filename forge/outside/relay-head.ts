import { timingSafeEqual } from 'node:crypto';

/** The largest head of a request that the relay reads; the gateway refuses larger ones. */
export const MAX_HEAD_BYTES = 16_384;

/** The head of a request to the relay: its credentials, and its bytes without them. */
export interface RelayHead {
  /** The user name and password of `Proxy-Authorization`; null: there are none, or several. */
  readonly pass: { readonly user: string; readonly password: string } | null;
  /** What the gateway gets: the head, and what arrived behind it. */
  readonly rest: Buffer;
}

const HEADER = /^proxy-authorization:[ \t]*basic[ \t]+([A-Za-z0-9+/=]+)[ \t]*$/i;

/** Null as long as the head is not complete. */
export function readRelayHead(bytes: Buffer): RelayHead | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const lines = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const given = lines.filter((line) => /^proxy-authorization:/i.test(line));
  const kept = lines.filter((line) => !given.includes(line));
  const encoded = given.length === 1 ? HEADER.exec(given[0] ?? '')?.[1] : undefined;
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  return {
    pass: colon === -1 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) },
    rest: Buffer.concat([Buffer.from(kept.join('\r\n'), 'latin1'), bytes.subarray(end)]),
  };
}

/** Compares two texts in a time that does not depend on where they differ. */
export function isSamePassword(given: string, known: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(known)];
  return a.length === b.length && timingSafeEqual(a, b);
}
