import { expect, test } from 'vitest';
import { decideNode } from './toolchain-parts.ts';

test('a node that stands alone is copied; one linked against its distribution is fetched', () => {
  expect(decideNode({ node_shared: false, node_shared_openssl: false }, '2.36')).toBe('copy');
  expect(decideNode({ node_shared: true }, '2.36')).toBe('fetch');
  expect(decideNode({ node_shared_zlib: true }, '2.36')).toBe('fetch');
  expect(decideNode({}, undefined)).toBe('fetch');
});
