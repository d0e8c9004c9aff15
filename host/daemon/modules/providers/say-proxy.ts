import { hideCredentials, type ProxyChoice } from '../../../../protocol/proxy.ts';

/** Describes the proxy and certificates in use to the operator, without the proxy's password. */
export function sayProxy({ https, http, noProxy, caFile }: ProxyChoice): string {
  const proxies = [...new Set([https ?? http, http])].filter((url) => url !== null);
  const way =
    proxies.length === 0
      ? 'no proxy'
      : `proxy ${proxies.map(hideCredentials).join(' and ')}${noProxy === '' ? '' : `, except for ${noProxy}`}`;
  return `${way}; ${caFile === null ? "Node's certificates" : `certificates of ${caFile} beside Node's`}`;
}
