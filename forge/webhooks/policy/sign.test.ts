import { createHmac, timingSafeEqual } from 'node:crypto';
import { expect, test } from 'vitest';
import { headersOf } from './sign.ts';

test('the signature is the HMAC of the exact body, as receivers of Gitea and GitHub check it', () => {
  const body = '{"ref":"refs/heads/main","words":"ä"}';
  const headers = headersOf({ id: 'd', event: 'push', type: 'push', secret: 'key', body });
  const expected = createHmac('sha256', 'key').update(Buffer.from(body)).digest();
  expect(timingSafeEqual(expected, Buffer.from(headers['x-gitea-signature'] ?? '', 'hex'))).toBe(true);
  expect(headers['x-hub-signature-256']).toBe(`sha256=${expected.toString('hex')}`);
  expect(headers).toMatchObject({ 'x-gitea-event': 'push', 'x-github-event': 'push', 'x-gitea-delivery': 'd' });
});
