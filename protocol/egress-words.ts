import { HIVE } from './hive-caller.ts';
import type { ConnectionView, EgressRuleView } from './schemas/egress.ts';

/** A rule in a sentence without its end: "coder may reach npm until its turn ends". */
export function sayRule({ subject, target, kind, verdict, term }: EgressRuleView): string {
  const until = { always: '', turn: ' until its turn ends', once: ' for one connection' }[term];
  const who = subject === '*' ? 'every agent' : subject === HIVE ? 'the hive itself' : subject;
  return `${who} may ${verdict === 'allow' ? '' : 'not '}reach ${target}${kind === null ? '' : ` by ${KIND_WORDS[kind]}`}${until}`;
}

/** How a host is asked for. */
export const KIND_WORDS: Readonly<Record<ConnectionView['kind'], string>> = { tunnel: 'TLS', plain: 'plain HTTP' };

/** What became of a connection: "allowed", "refused (not allowed) ×3". */
export function sayResult({ verdict, why, count }: Pick<ConnectionView, 'verdict' | 'why' | 'count'>): string {
  const words = why === null ? null : (WHY_WORDS[why] ?? why.replaceAll('_', ' '));
  return `${verdict}${words === null ? '' : ` (${words})`}${count === 1 ? '' : ` ×${count}`}`;
}

/** Reasons whose code does not say enough. */
const WHY_WORDS: Readonly<Record<string, string>> = {
  gateway_ended: 'cut when the gateway ended, bytes unknown',
  agent_destroyed: 'cut when the agent was destroyed, bytes unknown',
};

/** The host of a connection, with its port where the request named one. */
export function sayHost({ host, port }: Pick<ConnectionView, 'host' | 'port'>): string {
  return port === 0 ? host : `${host}:${port}`;
}
