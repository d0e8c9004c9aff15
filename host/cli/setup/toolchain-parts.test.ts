import { expect, test } from 'vitest';
import { decideNode, nodeIntegrity } from './toolchain-parts.ts';

test('a node that stands alone is copied; one linked against its distribution is fetched', () => {
  expect(decideNode({ node_shared: false, node_shared_openssl: false }, '2.36')).toBe('copy');
  expect(decideNode({ node_shared: true }, '2.36')).toBe('fetch');
  expect(decideNode({ node_shared_zlib: true }, '2.36')).toBe('fetch');
  expect(decideNode({}, undefined)).toBe('fetch');
});

test('a node whose checksum is not known is not fetched; the ways out are named', () => {
  expect(nodeIntegrity('20.20.2', 'x64')).toMatch(/^sha512-/);
  expect(() => nodeIntegrity('20.20.2', 'riscv64')).toThrow(/nodejs\.org/);
  expect(() => nodeIntegrity('20.18.0', 'x64')).toThrow(/one of these versions: .*20\.20\.2/);
});
