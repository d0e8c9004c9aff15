import ipaddr from 'ipaddr.js';

/** Addresses at which clouds serve secrets to their machines, outside of the reserved ranges. */
const METADATA: ReadonlySet<string> = new Set(['168.63.129.16']);

/**
 * The kind of an IP address: `public` for an ordinary host of the Internet; otherwise the kind for which it is refused
 * (private, loopback, linkLocal, multicast, carrierGradeNat, NAT64 and other addresses that contain an IPv4 address …).
 * `own` are the addresses of this machine. Text that is no plain IP address is `unreadable`.
 */
export function classifyAddress(text: string, own: ReadonlySet<string>): string {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return 'unreadable';
  // A zone names an interface of this machine.
  if (text.includes('%')) return 'linkLocal';
  const address = ipaddr.parse(text);
  const range = address.range();
  if (range !== 'unicast') return range;
  if (METADATA.has(address.toString())) return 'metadata';
  // The rest of IPv6 is not assigned to the Internet; some of it embeds IPv4 addresses (::/96).
  if (address.kind() === 'ipv6' && ((address as ipaddr.IPv6).parts[0] ?? 0) >> 13 !== 1) return 'reserved';
  return own.has(address.toString()) ? 'this machine' : 'public';
}
