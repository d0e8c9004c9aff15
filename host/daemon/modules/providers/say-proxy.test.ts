import { expect, test } from 'vitest';
import { chooseProxy } from '../../../../protocol/proxy.ts';
import { sayProxy } from './say-proxy.ts';

test('the doctor reports the proxy in use, without its password', () => {
  expect(sayProxy(chooseProxy({}, {}))).toBe("no proxy; Node's certificates");
  const choice = chooseProxy({ https: 'http://worker:pw@proxy.example:3128', no_proxy: 'x', ca_file: '/ca.pem' }, {});
  expect(sayProxy(choice)).toBe(
    "proxy http://***@proxy.example:3128, except for x; certificates of /ca.pem beside Node's",
  );
});
