import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentSocket, answerTo, ask, get, openQuietHive, readWhole } from './support/bad-input.ts';
import type { TestHive } from './support/test-hive.ts';

/**
 * A malformed request of a broken or hostile program to any of a hive's sockets gets one clear error and changes
 * nothing.
 */
let hive: TestHive;
beforeAll(async () => {
  hive = await openQuietHive();
});
afterAll(() => hive.close());
const whole = () => readWhole(hive);

/** Each socket with a path that takes a body, and a valid request. */
const SOCKETS: [
  string,
  { socket: () => string; path: string; good: { method: string; path: string; status: number } },
][] = [
  ['admin', { socket: () => join(hive.run, 'admin.sock'), path: '/messages', good: get('/status') }],
  ['dashboard', { socket: () => join(hive.run, 'dashboard.sock'), path: '/messages', good: get('/status') }],
  ['gateway reports', { socket: () => join(hive.run, 'gateway.sock'), path: '/usage', good: get('/', 404) }],
  ['agent', { socket: () => agentSocket(hive, 'hived'), path: '/messages', good: get('/whoami') }],
  ['agent’s gateway', { socket: () => agentSocket(hive, 'gateway'), path: '/v1/messages', good: get('/') }],
  ['agent’s forge', { socket: () => agentSocket(hive, 'forge'), path: '/api/repos', good: get('/api/repos') }],
  ['forge', { socket: () => join(hive.run, 'forge/forge.sock'), path: '/api/repos', good: get('/api/repos') }],
];
const NONSENSE: [string, string | Buffer][] = [
  [
    'invalid UTF-8',
    Buffer.concat([Buffer.from('{"to":"scout","body":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  ],
  ['half of a JSON text', '{"to":"scout","body":'],
  ['two JSON texts', '{"to":"scout","body":"a"}{"to":"scout","body":"b"}'],
  ['a list', '[1,2,3]'],
  ['a word', '"hello"'],
  ['null', 'null'],
  ['a text of nested lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['a prototype', '{"__proto__":{"to":"scout"},"constructor":{"prototype":{}},"body":"x"}'],
  ['five thousand fields', JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, n])))],
];

describe.each(SOCKETS)('malformed requests on the socket of: %s', (_name, { socket, path, good }) => {
  const unharmed = async (before: Awaited<ReturnType<typeof readWhole>>) => {
    expect((await ask(socket(), good)).status).toBe(good.status);
    expect(await whole()).toEqual(before);
  };

  test('malformed bodies get one answer each, with a code', async () => {
    const before = await whole();
    for (const [what, body] of NONSENSE) {
      const answer = await ask(socket(), { path, body });
      expect([what, answer.status]).toEqual([
        what,
        expect.toSatisfy((status: number) => status >= 400 && status < 500),
      ]);
      expect(answer.body, what).toMatchObject({ error: { message: expect.stringMatching(/.{10}/) as string } });
      expect(answer.text.length, what).toBeLessThan(3_000);
    }
    await unharmed(before);
  });

  test('malformed HTTP requests do no harm either', async () => {
    const before = await whole();
    for (const bytes of [
      Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x0d, 0x0a]),
      'HELO hive\r\n\r\n',
      'GET /\u0000 HTTP/1.1\r\nhost: hive\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: hive\r\n\r\n`,
      'POST /messages HTTP/1.1\r\nhost: hive\r\ncontent-length: -5\r\n\r\n',
      'POST /messages HTTP/1.1\r\nhost: hive\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: hive\r\n\r\n',
    ])
      expect(await answerTo(socket(), bytes)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    for (const odd of [
      '/%ff',
      '/agents/%2e%2e%2fetc',
      '//',
      '/agents/..',
      '/nothing/here?x=%',
      `/${'n'.repeat(300)}`,
    ]) {
      const answer = await ask(socket(), { method: 'GET', path: odd });
      expect([odd, answer.status]).toEqual([odd, expect.toSatisfy((status: number) => status >= 400 && status < 500)]);
    }
    expect((await ask(socket(), { path, body: 'to=scout', type: 'text/plain' })).status).toBeGreaterThanOrEqual(400);
    expect((await ask(socket(), { method: 'PATCH', path })).status).toBeGreaterThanOrEqual(400);
    await unharmed(before);
  });
});

test('a body over the limit is refused while it is still being sent', async () => {
  const before = await whole();
  const head = `POST /messages HTTP/1.1\r\nhost: hive\r\ncontent-type: application/json\r\ncontent-length: ${2 ** 40}\r\n\r\n{`;
  for (const socket of [join(hive.run, 'admin.sock'), agentSocket(hive, 'hived')])
    expect(await answerTo(socket, head)).toMatch(/^HTTP\/1\.1 413 [^]*payload_too_large/);
  expect(await whole()).toEqual(before);
});
