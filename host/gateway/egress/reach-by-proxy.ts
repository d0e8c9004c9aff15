import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { NetworkAccess } from '../../../protocol/proxy.ts';

/** The proxy through which the gateway itself reaches a host, if any. */
export function chooseWay(network: NetworkAccess, target: { kind: 'tunnel' | 'plain'; host: string; port: number }) {
  const proxy = target.kind === 'tunnel' ? (network.https ?? network.http) : network.http;
  return proxy === null || proxy === '' || isDirect(network.noProxy, target) ? null : proxy;
}

/** NO_PROXY: names with everything below them, each perhaps with a port; `*` for all. */
function isDirect(noProxy: string, { host, port }: { host: string; port: number }): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', onlyPort] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
      return name === '*' || host === name || host.endsWith(`.${name}`);
    });
}

/** A proxy that did not connect us; `status` is its answer. */
export class ProxyRefusedError extends Error {
  override readonly name = 'ProxyRefusedError';
  readonly status: number;
  constructor(status: number) {
    super(`the proxy answered ${status}`);
    this.status = status;
  }
}

/** Has an HTTP proxy connect to a host, which it resolves itself. Rejects when it does not. */
export function reachByProxy(
  proxyUrl: string,
  target: { host: string; port: number },
  options: { caPem: string | null; signal: AbortSignal },
): Promise<Socket> {
  const url = new URL(proxyUrl);
  const path = `${target.host}:${target.port}`;
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const headers = {
    host: path,
    ...(url.username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
  };
  const asked = (url.protocol === 'https:' ? requestTls : request)({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    method: 'CONNECT',
    path,
    headers,
    agent: false,
    signal: options.signal,
    ...(options.caPem === null ? {} : { ca: [...rootCertificates, options.caPem] }),
  });
  return new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', (answer) => {
      asked.destroy();
      reject(new ProxyRefusedError(answer.statusCode ?? 0));
    });
    asked.once('connect', (answer, socket: Socket, head) => {
      if (answer.statusCode !== 200) {
        socket.destroy();
        return reject(new ProxyRefusedError(answer.statusCode ?? 0));
      }
      if (head.length > 0) socket.unshift(head);
      return resolve(socket);
    });
    asked.end();
  });
}
