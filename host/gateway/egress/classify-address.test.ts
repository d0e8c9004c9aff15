import { expect, test } from 'vitest';
import { classifyAddress } from './classify-address.ts';

const own = new Set(['93.184.216.40', '2606:2800:220:1::5']);

test.each([
  ['93.184.216.34', 'public'],
  ['2606:2800:220:1:248:1893:25c8:1946', 'public'],
  ['93.184.216.40', 'this machine'],
  ['2606:2800:220:1::5', 'this machine'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.169.254', 'linkLocal'],
  ['fe80::1', 'linkLocal'],
  ['fe80::1%eth0', 'linkLocal'],
  ['100.100.100.200', 'carrierGradeNat'],
  ['168.63.129.16', 'metadata'],
  ['192.0.0.192', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['224.0.0.251', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['fd00:ec2::254', 'uniqueLocal'],
  ['::ffff:93.184.216.34', 'ipv4Mapped'],
  ['::ffff:7f00:1', 'ipv4Mapped'],
  ['64:ff9b::a9fe:a9fe', 'rfc6052'],
  ['64:ff9b:1::a9fe:a9fe', 'rfc6052'],
  ['::7f00:1', 'reserved'],
  ['2002:7f00:1::', '6to4'],
  ['2001:0:5ef5:79fb::1', 'teredo'],
  ['2001:db8::1', 'reserved'],
  ['2130706433', 'unreadable'],
  ['0177.0.0.1', 'unreadable'],
  ['0x7f.0.0.1', 'unreadable'],
  ['127.1', 'unreadable'],
  ['registry.test', 'unreadable'],
])('%s is %s', (address, kind) => {
  expect(classifyAddress(address, own)).toBe(kind);
});
