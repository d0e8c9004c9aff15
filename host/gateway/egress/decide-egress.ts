import { type EgressCaller, type EgressRule, PLAIN_PORT, TUNNEL_PORT } from '../../../protocol/egress.ts';
import { HIVE } from '../../../protocol/hive-caller.ts';
import type { RequestTarget } from './read-target.ts';

/** Why a connection was refused or failed, for the record of connections. */
export type EgressCode =
  | 'not_told'
  | 'not_allowed'
  | 'denied'
  | 'method'
  | 'address'
  | 'private_address'
  | 'bad_request'
  | 'name_differs'
  | 'not_tls'
  | 'too_many'
  | 'quota'
  | 'no_secret'
  | 'no_such_host'
  | 'unreachable'
  | 'idle';

export interface EgressRefusal {
  readonly do: 'refuse';
  readonly code: EgressCode;
  /** The HTTP status for the box. */
  readonly status: number;
  /** For the agent: what is not possible, and who can change it. */
  readonly words: string;
}

export type EgressDecision = { readonly do: 'allow'; readonly rule: EgressRule } | EgressRefusal;

interface EgressFacts {
  readonly agent: EgressCaller;
  readonly target: RequestTarget;
  /** The agent's rules; null: hived has not sent them yet. */
  readonly rules: readonly EgressRule[] | null;
}

/**
 * Decides whether an agent may reach a host, before its name is resolved. Nothing is allowed unless a rule says so; a
 * rule that denies is stronger than all that allow.
 */
export function decideEgress({ agent, target, rules }: EgressFacts): EgressDecision {
  const { host, port, kind, method } = target;
  if (rules === null) return refuse('not_told', 503, 'The hive has not yet said which hosts are allowed. Try again.');
  const who = agent === HIVE ? 'the hive itself' : 'this agent';
  const isDefault = port === (kind === 'tunnel' ? TUNNEL_PORT : PLAIN_PORT);
  const place = isDefault ? host : `${host}:${port}`;
  const about = rules.filter((rule) => rule.hosts.some((pattern) => isMatch(pattern, host)));
  const onPort = about.filter((rule) => (rule.port === null ? isDefault : rule.port === port));
  if (about.some((rule) => rule.verdict === 'deny' && (rule.port === null || rule.port === port)))
    return refuse('denied', 403, `The operator does not let ${who} reach ${place}.`);
  const allowing = onPort.filter((rule) => rule.verdict === 'allow' && (rule.kind ?? kind) === kind);
  const [fitting] = allowing
    .filter(({ methods }) => kind === 'tunnel' || methods === null || isOneOf(methods, method))
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  if (fitting !== undefined) return { do: 'allow', rule: fitting };
  if (allowing.length > 0)
    return refuse('method', 403, `${capitalise(who)} may not send ${method} requests to ${place} over plain HTTP.`);
  const words = `${capitalise(who)} may not reach ${place}. The operator can allow it: hivectl egress allow ${agent} ${place}`;
  return refuse('not_allowed', 403, words);
}

function capitalise(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `*.domain` matches every name below the domain, not the domain itself. */
function isMatch(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Of several rules that allow a connection: one that says where the host is; a rule for one connection last. */
function rankOf({ address, once }: EgressRule): number {
  return (address === null ? 1 : 0) + (once ? 2 : 0);
}

function isOneOf(methods: readonly string[], method: string): boolean {
  return methods.includes(method);
}

/**
 * Decides whether a host's addresses may be connected to: those that its name resolved to, unless the rule says where
 * the host is. `kindOf` is classifyAddress for this machine. One address that is not public refuses them all: the name's owner may be trying to reach inside.
 */
export function decideAddresses(
  { agent, rule, host }: { agent: EgressCaller; rule: Pick<EgressRule, 'address'>; host: string },
  { addresses, kindOf }: { addresses: readonly string[]; kindOf: (address: string) => string },
): { do: 'connect'; addresses: readonly string[] } | EgressRefusal {
  if (rule.address !== null) return { do: 'connect', addresses: [rule.address] };
  if (addresses.length === 0) return refuse('no_such_host', 502, `There is no host ${host}.`);
  const special = addresses.map(kindOf).find((kind) => kind !== 'public');
  if (special === undefined) return { do: 'connect', addresses };
  const words = `The name ${host} leads to an address that is not of the Internet (${special}). If that is meant, the operator can say so: hivectl egress allow ${agent} ${host} --address ADDRESS`;
  return refuse('private_address', 403, words);
}

/** Decides by the first bytes of a tunnel, in which a box could ask the same server for another host. */
export function decideTunnelStart(
  host: string,
  hello: { found: 'hello'; name: string | null } | { found: 'not_tls' } | { found: 'hidden_name' },
): { do: 'go_on' } | EgressRefusal {
  switch (hello.found) {
    case 'not_tls':
      return refuse('not_tls', 403, 'A tunnel carries TLS and nothing else.');
    case 'hidden_name':
      return refuse('name_differs', 403, 'The TLS connection hides the name of its host.');
    case 'hello':
      return hello.name === host
        ? { do: 'go_on' }
        : refuse('name_differs', 403, 'The TLS connection is for another host than the tunnel.');
  }
}

export function refuse(code: EgressCode, status: number, words: string): EgressRefusal {
  return { do: 'refuse', code, status, words };
}
