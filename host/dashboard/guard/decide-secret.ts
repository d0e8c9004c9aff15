const THIS_MACHINE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether the page at this origin may send a provider's key: a key must never cross a network unencrypted. The origin's
 * scheme is the one that the browser uses; plain HTTP is accepted only for loopback names (also the end of an ssh tunnel).
 */
export function mayCarrySecret(origin: string | undefined): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || (protocol === 'http:' && THIS_MACHINE.has(hostname));
}
