import { expect, test } from 'vitest';
import { decideNode, nodeIntegrity } from './toolchain-parts.ts';

test('a self-contained node is copied; one linked against its distribution’s libraries is downloaded', () => {
  expect(decideNode({ node_shared: false, node_shared_openssl: false }, '2.36')).toBe('copy');
  expect(decideNode({ node_shared: true }, '2.36')).toBe('fetch');
  expect(decideNode({ node_shared_zlib: true }, '2.36')).toBe('fetch');
  expect(decideNode({}, undefined)).toBe('fetch');
});

test('a node without a known checksum is not downloaded; the error names the alternatives', () => {
  expect(nodeIntegrity('20.20.2', 'x64')).toMatch(/^sha512-/);
  expect(() => nodeIntegrity('20.20.2', 'riscv64')).toThrow(/nodejs\.org/);
  expect(() => nodeIntegrity('20.18.0', 'x64')).toThrow(/one of these versions: .*20\.20\.2/);
});
