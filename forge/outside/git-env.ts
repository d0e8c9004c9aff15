import type { InjectedHost } from '../../protocol/schemas/service.ts';
import { PLAIN_PORT, TUNNEL_PORT } from '../../protocol/egress.ts';

/**
 * The environment in which git reaches a repository outside: by the relay alone, by http and https alone, without asking
 * for credentials. In the environment, not in arguments, which every user of the machine can read.
 *
 * `followsRedirects`: for fetches, of their first request; each redirect is a new connection, about which the gateway
 * decides anew. What is published goes nowhere else. `caFile`: certificates that are accepted, in place of git's own.
 */
export function outsideGitEnv(way: {
  proxyUrl: string;
  injected: readonly InjectedHost[];
  followsRedirects: boolean;
  caFile: string | null;
}): Record<string, string> {
  const settings: [key: string, value: string][] = [
    ['http.proxy', way.proxyUrl],
    ['http.proxyAuthMethod', 'basic'],
    ['http.followRedirects', way.followsRedirects ? 'initial' : 'false'],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '120'],
    ...(way.caFile === null ? [] : ([['http.sslCAInfo', way.caFile]] as [string, string][])),
    ['protocol.allow', 'never'],
    ['protocol.http.allow', 'always'],
    ['protocol.https.allow', 'always'],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['transfer.bundleURI', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ['push.recurseSubmodules', 'no'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['core.hooksPath', '/dev/null'],
    ['fetch.unpackLimit', '1'],
    ['pack.threads', '2'],
    ['pack.windowMemory', '64m'],
    ['core.bigFileThreshold', '32m'],
    ...way.injected.filter(({ isForGit }) => isForGit).map(redirect),
  ];
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(settings.length) };
}

/** The gateway adds secrets to requests without TLS, and sends them with it. */
function redirect({ host, port, askedPort }: InjectedHost): [key: string, value: string] {
  const asked = askedPort === PLAIN_PORT ? host : `${host}:${askedPort}`;
  const meant = port === TUNNEL_PORT ? host : `${host}:${port}`;
  return [`url.http://${asked}/.insteadOf`, `https://${meant}/`];
}
