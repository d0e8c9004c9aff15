import { describe, expect, test } from 'vitest';
import { EGRESS_PRESETS, type EgressRule, readEgressTarget } from '../../../protocol/egress.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { classifyAddress } from './classify-address.ts';
import { decideAddresses, decideEgress, decideTunnelStart } from './decide-egress.ts';
import type { RequestTarget } from './read-target.ts';

const rule = (text: string, more: Partial<EgressRule> = {}): EgressRule => {
  const target = readEgressTarget(text);
  if (typeof target === 'string') throw new Error(target);
  const { hosts, port } = target;
  return { id: 1, verdict: 'allow', hosts: [...hosts], port, methods: null, address: null, once: false, ...more };
};
const deny = (text: string) => rule(text, { verdict: 'deny' });

const tunnel = (host: string, port = 443): RequestTarget => ({
  kind: 'tunnel',
  method: 'CONNECT',
  host,
  port,
  path: '',
});
const plain = (host: string, port = 80, method = 'GET'): RequestTarget => ({
  kind: 'plain',
  method,
  host,
  port,
  path: '/',
});

const decide = (rules: EgressRule[] | null, target: RequestTarget) => {
  const decision = decideEgress({ agent: 'scout' as AgentName, target, rules });
  return decision.do === 'allow' ? 'allow' : decision.code;
};

const CASES: [what: string, rules: EgressRule[] | null, target: RequestTarget, expected: string][] = [
  ['nothing is allowed by default', [], tunnel('a.test'), 'not_allowed'],
  ['rules are not there yet', null, tunnel('a.test'), 'not_told'],
  ['the exact host', [rule('a.test')], tunnel('a.test'), 'allow'],
  ['a host below it', [rule('a.test')], tunnel('b.a.test'), 'not_allowed'],
  ['a host that ends the same', [rule('a.test')], tunnel('xa.test'), 'not_allowed'],
  ['a wildcard', [rule('*.a.test')], tunnel('b.a.test'), 'allow'],
  ['a wildcard, two levels', [rule('*.a.test')], tunnel('c.b.a.test'), 'allow'],
  ['a wildcard is not for the domain itself', [rule('*.a.test')], tunnel('a.test'), 'not_allowed'],
  ['a wildcard is not for another domain', [rule('*.a.test')], tunnel('xa.test'), 'not_allowed'],
  ['plain HTTP on its port', [rule('a.test')], plain('a.test'), 'allow'],
  ['a tunnel to another port', [rule('a.test')], tunnel('a.test', 22), 'not_allowed'],
  ['a tunnel to the port of plain HTTP', [rule('a.test')], tunnel('a.test', 80), 'not_allowed'],
  ['plain HTTP to the port of TLS', [rule('a.test')], plain('a.test', 443), 'not_allowed'],
  ['a named port', [rule('a.test:8443')], tunnel('a.test', 8443), 'allow'],
  ['a named port is the only one', [rule('a.test:8443')], tunnel('a.test'), 'not_allowed'],
  ['a method', [rule('a.test', { methods: ['GET'] })], plain('a.test'), 'allow'],
  ['another method', [rule('a.test', { methods: ['GET'] })], plain('a.test', 80, 'POST'), 'method'],
  ['an unknown method', [rule('a.test', { methods: ['GET'] })], plain('a.test', 80, 'PROPFIND'), 'method'],
  ['plain HTTP, by a rule for that', [rule('a.test:443', { kind: 'plain' })], plain('a.test', 443), 'allow'],
  ['a tunnel, by a rule for plain HTTP', [rule('a.test:443', { kind: 'plain' })], tunnel('a.test'), 'not_allowed'],
  ['plain HTTP, by a rule for tunnels', [rule('a.test', { kind: 'tunnel' })], plain('a.test'), 'not_allowed'],
  ['methods do not concern tunnels', [rule('a.test', { methods: ['GET'] })], tunnel('a.test'), 'allow'],
  [
    'a second rule with the method',
    [rule('a.test', { methods: ['GET'] }), rule('a.test', { methods: ['PUT'] })],
    plain('a.test', 80, 'PUT'),
    'allow',
  ],
  ['a denial beats an allowance', [rule('*.a.test'), deny('b.a.test')], tunnel('b.a.test'), 'denied'],
  ['a denial beats a narrower allowance', [rule('b.a.test'), deny('*.a.test')], tunnel('b.a.test'), 'denied'],
  [
    'a denial without a port is for every port',
    [rule('a.test:8443'), deny('a.test')],
    tunnel('a.test', 8443),
    'denied',
  ],
  ['a denial with a port is for that one', [rule('a.test'), deny('a.test:8443')], tunnel('a.test'), 'allow'],
  ['a preset', [rule('npm')], tunnel(EGRESS_PRESETS.npm[0]), 'allow'],
];
test.each(CASES)('%s', (...[, rules, target, expected]) => {
  expect(decide(rules, target)).toBe(expected);
});

test('of several rules, one with an address is used, and one for a single connection is spared', () => {
  const used = (...rules: EgressRule[]) => {
    const decision = decideEgress({ agent: 'scout' as AgentName, target: tunnel('b.a.test'), rules });
    return decision.do === 'allow' ? decision.rule.id : null;
  };
  const once = rule('b.a.test', { id: 1, once: true });
  const always = rule('*.a.test', { id: 2 });
  const placed = rule('b.a.test', { id: 3, address: '10.0.0.1' });
  expect(used(once, always, placed)).toBe(3);
  expect(used(once, always)).toBe(2);
  expect(used(once)).toBe(1);
});

test('a refusal names the command with which the operator allows the host', () => {
  const words = (target: RequestTarget) => decideEgress({ agent: 'scout' as AgentName, target, rules: [] });
  expect(words(tunnel('a.test'))).toMatchObject({
    words: expect.stringMatching(/hivectl egress allow scout a\.test$/),
  });
  expect(words(plain('a.test', 81))).toMatchObject({ words: expect.stringMatching(/egress allow scout a\.test:81$/) });
});

describe('addresses', () => {
  const own = new Set(['93.184.216.40']);
  const decideFor = (addresses: string[], address: string | null = null) => {
    const decision = decideAddresses(
      { agent: 'scout' as AgentName, rule: { address }, host: 'a.test' },
      { addresses, kindOf: (one) => classifyAddress(one, own) },
    );
    return decision.do === 'connect' ? decision.addresses : decision.code;
  };

  test.each([
    [
      ['93.184.216.34', '2606:2800:220:1::1'],
      ['93.184.216.34', '2606:2800:220:1::1'],
    ],
    [[], 'no_such_host'],
    [['10.0.0.1'], 'private_address'],
    [['93.184.216.34', '127.0.0.1'], 'private_address'],
    [['64:ff9b::7f00:1'], 'private_address'],
    [['93.184.216.40'], 'private_address'],
  ])('%j', (addresses, expected) => {
    expect(decideFor(addresses)).toEqual(expected);
  });

  test('a rule’s own address replaces those of the name', () => {
    expect(decideFor(['93.184.216.34'], '10.0.0.1')).toEqual(['10.0.0.1']);
  });
});

test.each([
  [{ found: 'hello', name: 'a.test' }, 'go_on'],
  [{ found: 'hello', name: 'b.test' }, 'refuse'],
  [{ found: 'hello', name: null }, 'refuse'],
  [{ found: 'not_tls' }, 'refuse'],
  [{ found: 'hidden_name' }, 'refuse'],
] as const)('a tunnel that begins with %j', (hello, expected) => {
  expect(decideTunnelStart('a.test', hello).do).toBe(expected);
});
