import { expect, test } from 'vitest';
import { chooseProxy, hideCredentials, isProxyUrl, proxyEnv } from '../../protocol/proxy.ts';
import { lastLines } from './setup/apt.ts';

const secret = 'http://worker:pw@proxy.example:3128';

test('config.yaml takes precedence over the environment, lower case over upper case, and blank values are ignored', () => {
  const env = { HTTPS_PROXY: 'http://a:1', https_proxy: 'b:2', HTTP_PROXY: ' ', NODE_EXTRA_CA_CERTS: '/ca.pem' };
  expect(chooseProxy({}, env)).toEqual({ https: 'http://b:2', http: null, noProxy: '', caFile: '/ca.pem' });
  expect(chooseProxy({ https: 'http://c:3', no_proxy: 'x', ca_file: '/y.pem' }, env)).toEqual({
    https: 'http://c:3',
    http: null,
    noProxy: 'x',
    caFile: '/y.pem',
  });
});

// apt reads the lower-case names only.
test('programs of set-up get each variable in lower and upper case', () => {
  expect(proxyEnv(chooseProxy({ https: secret, http: secret, no_proxy: 'x', ca_file: '/y.pem' }, {}))).toEqual({
    HTTPS_PROXY: secret,
    https_proxy: secret,
    HTTP_PROXY: secret,
    http_proxy: secret,
    NO_PROXY: 'x',
    no_proxy: 'x',
    NODE_EXTRA_CA_CERTS: '/y.pem',
  });
  expect(proxyEnv(chooseProxy({}, {}))).toEqual({});
});

test('a proxy’s password is never shown', () => {
  for (const text of [
    hideCredentials(`cannot reach ${secret}/x`),
    lastLines(`npm error network proxy ${secret} says no`, 3),
  ]) {
    expect(text).toContain('http://***@proxy.example:3128');
    expect(text).not.toMatch(/worker|pw/);
  }
});

test('other kinds of proxy are refused', () => {
  expect(isProxyUrl(secret)).toBe(true);
  for (const other of ['socks5://x:1', 'http://', 'nonsense']) expect(isProxyUrl(other)).toBe(false);
});
