import { INJECTED_PORT } from '../../../../../protocol/injection-words.ts';
import type { InjectionScheme, InjectionView } from '../../../../../protocol/injections.ts';
import { PLAIN_PORT } from '../../../../../protocol/egress.ts';
import type { GatewayControl, InjectedHost } from '../../../../../protocol/schemas/service.ts';

type Sent = Extract<GatewayControl, { type: 'injections' }>['agents'][number]['injections'][number];
interface Who {
  readonly name: string;
  /** Null: the hive itself. */
  readonly role: string | null;
}

/** The injections that hold for an agent or the hive itself: for each host and port its own, else its role's. */
export function holdingInjections({ name, role }: Who, all: readonly InjectionView[]): InjectionView[] {
  const own = all.filter(({ subject }) => subject === name);
  const isOwn = ({ host, port }: InjectionView) => own.some((one) => one.host === host && one.port === port);
  return [...own, ...all.filter((one) => role !== null && one.subject === `@role:${role}` && !isOwn(one))];
}

/** The port of the box's plain request: the usual one stands for the usual one of TLS. */
export function askedPort(port: number): number {
  return port === INJECTED_PORT ? PLAIN_PORT : port;
}

/** An injection as the gateway gets it. `value`: the secret's; undefined when there is none. */
export function resolveInjection(
  { id, host, port, header, scheme, user }: InjectionView,
  value: string | undefined,
): Sent {
  const composed = value === undefined ? null : composeValue(value, { scheme, user });
  const credential = value === undefined || composed === null ? null : { secret: value, value: composed };
  return { id, host, askedPort: askedPort(port), port, header, credential };
}

/** Whether git's servers take it: a user name and a password in the header that git uses. */
function isForGit({ header, scheme }: InjectionView): boolean {
  return header === 'authorization' && scheme === 'basic';
}

/** What the forge knows of an injection of the hive's: where to ask without TLS, not the secret. */
export function describeInjected(injection: InjectionView): InjectedHost {
  const { host, port } = injection;
  return { host, port, askedPort: askedPort(port), isForGit: isForGit(injection) };
}

/** The header's value; null when the secret cannot stand in a header. */
export function composeValue(
  secret: string,
  { scheme, user }: { scheme: InjectionScheme; user: string | null },
): string | null {
  if (scheme === 'basic') return `Basic ${Buffer.from(`${user ?? DEFAULT_USER}:${secret}`).toString('base64')}`;
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(secret)) return null;
  return scheme === 'bearer' ? `Bearer ${secret}` : secret;
}

/** What GitHub names for tokens; other forges take any name. */
const DEFAULT_USER = 'x-access-token';

/**
 * The configuration by which git in the box asks for these hosts without TLS, so that the gateway can add the secret;
 * null when there is none. Only for `Basic`, which is how git's servers take tokens.
 */
export function composeGitConfig(injections: readonly InjectionView[]): string | null {
  const hosts = injections.filter(isForGit);
  if (hosts.length === 0) return null;
  return hosts
    .map(({ host, port }) => {
      const place = port === INJECTED_PORT ? host : `${host}:${port}`;
      return `[url "http://${place}/"]\n\tinsteadOf = https://${place}/\n`;
    })
    .join('');
}
