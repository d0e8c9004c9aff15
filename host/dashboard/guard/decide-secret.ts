const THIS_MACHINE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether the page at this origin may send a provider's key: it must not cross a network in the clear. The browser says
 * the scheme that it speaks; plain HTTP is good for this very machine alone (an ssh tunnel ends there too).
 */
export function mayCarrySecret(origin: string | undefined): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || (protocol === 'http:' && THIS_MACHINE.has(hostname));
}
