import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PRIVATE_NAME, type PrivateProvider, startPrivateProvider } from '../fixtures/private-provider.ts';
import { askTls, readAll, type RunningEgress, runEgress, runPlainHost } from '../fixtures/run-egress.ts';

/*
 * Vulnerability: an HTTP proxy reaches whatever its machine reaches, and an allowed host may be a door to others.
 * Scenario: an agent uses its socket of the egress proxy to reach hosts, ports and addresses that no rule allows.
 * Verified: nothing is reached, the agent is told, and each attempt is recorded.
 */
let host: PrivateProvider;
let plain: Awaited<ReturnType<typeof runPlainHost>>;
let hive: RunningEgress;
beforeAll(async () => {
  host = await startPrivateProvider();
  plain = await runPlainHost();
});
afterAll(async () => {
  await host.close();
  await plain.close();
});
afterEach(async () => {
  await hive.close();
  plain.heard.length = 0;
  host.asked.length = 0;
});

const tls = () => `${PRIVATE_NAME}:${host.providerPort}`;
const http = () => `files.test:${plain.port}`;

async function expectRecord(expected: Record<string, unknown>): Promise<void> {
  await vi.waitFor(() => expect(hive.records).toContainEqual(expect.objectContaining(expected)));
}

describe('what a rule allows', () => {
  test('a TLS host is reached through a tunnel, and the connection is recorded with its bytes', async () => {
    hive = await runEgress();
    hive.allow(tls());
    const { socket, status } = await hive.tunnel(tls());
    expect(status).toBe(200);
    const answer = await askTls(socket, { servername: PRIVATE_NAME, caPem: host.caPem });
    expect(answer).toContain('by the provider');
    await expectRecord({ verdict: 'allowed', host: PRIVATE_NAME, port: host.providerPort, why: null, rule: 1 });
    expect(hive.records[0]?.bytesUp).toBeGreaterThan(200);
    expect(hive.records[0]?.bytesDown).toBeGreaterThan(200);
    // The rule's address is used as it is.
    expect(hive.lookups).toEqual([]);
  });

  test('a plain HTTP host is reached; headers of the connection and of the proxy stay behind', async () => {
    hive = await runEgress();
    hive.allow(http());
    const answer = await hive.say(
      `POST http://${http()}/a?b=c HTTP/1.1\r\nHost: ${http()}\r\nX-Kept: yes\r\nX-Hop: no\r\nConnection: x-hop, content-length\r\nProxy-Authorization: Basic eA==\r\nContent-Length: 4\r\n\r\nbodyGET /second HTTP/1.1\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n.*x-from: host\r\n.*the file/s);
    expect(plain.heard).toHaveLength(1);
    const [{ request, body } = { request: null, body: null }] = plain.heard;
    expect(body).toBe('body');
    expect(request?.url).toBe('/a?b=c');
    expect(request?.headers).toEqual({ host: http(), connection: 'close', 'x-kept': 'yes', 'content-length': '4' });
    await expectRecord({ verdict: 'allowed', kind: 'plain', method: 'POST', host: 'files.test', port: plain.port });
  });

  test('a chunked body arrives whole', async () => {
    hive = await runEgress();
    hive.allow(http());
    await hive.say(
      `PUT http://${http()}/ HTTP/1.1\r\nHost: ${http()}\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    );
    expect(plain.heard[0]?.body).toBe('abcde');
  });

  test('a rule for one connection ends with it', async () => {
    hive = await runEgress();
    hive.allow({ hosts: ['files.test'], port: plain.port, address: '127.0.0.1', once: true });
    const ask = () => hive.say(`GET http://${http()}/ HTTP/1.1\r\nHost: ${http()}\r\n\r\n`);
    expect(await ask()).toMatch(/^HTTP\/1.1 200 /);
    expect(await ask()).toMatch(/^HTTP\/1.1 403 /);
  });
});

test('a connection ends when no rule allows it any more; others go on', async () => {
  hive = await runEgress();
  hive.allow(tls());
  const goesOn = await hive.tunnel(tls());
  const ends = await hive.tunnel(tls());
  hive.allow('other.test', tls());
  const answer = await askTls(goesOn.socket, { servername: PRIVATE_NAME, caPem: host.caPem });
  expect(answer).toContain('by the provider');
  hive.allow('other.test');
  await readAll(ends.socket);
  await expectRecord({ verdict: 'refused', why: 'not_allowed', host: PRIVATE_NAME, rule: 1 });
});

describe('hosts that no rule allows', () => {
  test('are refused by default, in words that say how the operator allows one', async () => {
    hive = await runEgress();
    hive.allow();
    const { status, text } = await hive.tunnel('registry.test:443');
    expect(status).toBe(403);
    expect(text).toContain('hivectl egress allow scout registry.test');
    expect(text).toContain('content-type: text/plain');
    await expectRecord({ verdict: 'refused', why: 'not_allowed', host: 'registry.test', port: 443, bytesUp: 0 });
    expect(hive.lookups).toEqual([]);
    expect(hive.logs.join('')).toContain('registry.test');
  });

  test('another port of an allowed host is refused', async () => {
    hive = await runEgress();
    hive.allow('files.test');
    expect((await hive.tunnel(http())).status).toBe(403);
    expect((await hive.tunnel('files.test:22')).status).toBe(403);
    expect((await hive.tunnel('files.test:80')).status).toBe(403);
    await expectRecord({ why: 'not_allowed', port: 22 });
  });

  test('no notation of an address is accepted, whatever is allowed', async () => {
    hive = await runEgress();
    hive.allow({ hosts: ['127.0.0.1', '2130706433', '0x7f.1', '*.1'], port: plain.port, address: '127.0.0.1' });
    for (const address of [
      '127.0.0.1',
      '2130706433',
      '0177.0.0.1',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[fe80::1%25lo]',
    ]) {
      expect((await hive.tunnel(`${address}:${plain.port}`)).status).toBe(403);
      await expectRecord({ why: 'address', host: `${address}:${plain.port}` });
      const url = `${address}:${plain.port}`;
      expect(await hive.say(`GET http://${url}/ HTTP/1.1\r\nHost: ${url}\r\n\r\n`)).toMatch(/^HTTP\/1.1 403 /);
    }
    expect(plain.heard).toEqual([]);
  });
});

describe('addresses behind an allowed name', () => {
  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '100.100.100.200', '::1', '64:ff9b::7f00:1', '2002:7f00:1::'])(
    'a name that resolves to %s is refused',
    async (address) => {
      hive = await runEgress({ resolve: async () => [address] });
      hive.allow({ hosts: ['files.test'], port: plain.port });
      const { status, text } = await hive.tunnel(http());
      expect(status).toBe(403);
      expect(text).toContain('--address');
      await expectRecord({ verdict: 'refused', why: 'private_address' });
    },
  );

  test('a name with one private address among public ones is refused', async () => {
    hive = await runEgress({ resolve: async () => ['93.184.216.34', '127.0.0.1'] });
    hive.allow({ hosts: ['files.test'], port: plain.port });
    expect((await hive.tunnel(http())).status).toBe(403);
  });

  test('a name is resolved once, and the connection is made to the address that was checked', async () => {
    // The second lookup of a rebinding name would lead elsewhere.
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    hive = await runEgress({ resolve: async () => answers.shift() ?? [], kindOf: () => 'public' });
    hive.allow({ hosts: ['files.test'], port: plain.port });
    expect(await hive.say(`GET http://${http()}/ HTTP/1.1\r\nHost: ${http()}\r\n\r\n`)).toContain('the file');
    expect(hive.lookups).toEqual(['files.test']);
  });

  test('of several addresses a tunnel gets one that answers', async () => {
    // The provider listens at the second one only.
    hive = await runEgress({ resolve: async () => ['127.0.0.2', '127.0.0.1'], kindOf: () => 'public' });
    hive.allow({ hosts: [PRIVATE_NAME], port: host.providerPort });
    const { socket } = await hive.tunnel(tls());
    const answer = await askTls(socket, { servername: PRIVATE_NAME, caPem: host.caPem });
    expect(answer).toContain('by the provider');
    await expectRecord({ verdict: 'allowed', host: PRIVATE_NAME, why: null });
  });

  test('a name without an address is a failure, not a refusal', async () => {
    hive = await runEgress();
    hive.allow({ hosts: ['files.test'], port: 443 });
    expect((await hive.tunnel('files.test:443')).status).toBe(502);
    await expectRecord({ verdict: 'failed', why: 'no_such_host' });
  });
});

describe('inside a tunnel', () => {
  test.each([
    ['TLS for another host', 'other.test'],
    ['TLS without a name', ''],
  ])('%s is cut before the host sees it', async (_what, servername) => {
    hive = await runEgress();
    hive.allow(tls());
    const { socket } = await hive.tunnel(tls());
    await expect(askTls(socket, { servername, caPem: host.caPem })).rejects.toThrow();
    await expectRecord({ verdict: 'refused', why: 'name_differs', bytesUp: 0 });
  });

  test.each([
    ['plain HTTP', 'GET / HTTP/1.1\r\nHost: files.test\r\n\r\n'],
    ['another protocol', 'SSH-2.0-test\r\n'],
  ])('%s is cut before the host sees it', async (_what, bytes) => {
    hive = await runEgress();
    hive.allow(http());
    const { socket } = await hive.tunnel(http());
    socket.write(bytes);
    expect(await readAll(socket)).toBe('');
    await expectRecord({ verdict: 'refused', why: 'not_tls', bytesUp: 0 });
    expect(plain.heard).toEqual([]);
  });

  test('bytes sent together with CONNECT are checked, too', async () => {
    hive = await runEgress();
    hive.allow(http());
    const early = `CONNECT ${http()} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: files.test\r\n\r\n`;
    expect(await hive.say(early)).toBe('HTTP/1.1 200 Connection established\r\n\r\n');
    await expectRecord({ why: 'not_tls' });
  });

  test('silence is cut after the deadline', async () => {
    hive = await runEgress({ limits: { helloMs: 20 } });
    hive.allow(http());
    const { socket } = await hive.tunnel(http());
    await readAll(socket);
    await expectRecord({ why: 'not_tls' });
  });
});

describe('disguised requests', () => {
  const allowed = 'GET http://files.test/ HTTP/1.1\r\nHost: files.test\r\n';
  test.each([
    ['a Host header of another host', 'GET http://files.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n'],
    ['two Host headers', `${allowed}Host: other.test\r\n\r\n`],
    ['CONNECT with another Host', 'CONNECT files.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n'],
    ['a user name before the host', 'GET http://files.test@other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n'],
    ['a fragment', 'GET http://files.test/#@other.test HTTP/1.1\r\nHost: files.test\r\n\r\n'],
    ['another scheme', 'GET ftp://files.test/ HTTP/1.1\r\nHost: files.test\r\n\r\n'],
    ['https without a tunnel', 'GET https://files.test/ HTTP/1.1\r\nHost: files.test\r\n\r\n'],
    ['a path', 'GET /file HTTP/1.1\r\nHost: files.test\r\n\r\n'],
    ['both lengths', `${allowed}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${allowed}X: a\r\n Transfer-Encoding: chunked\r\n\r\n`],
    ['bare line feeds', 'GET http://files.test/ HTTP/1.1\nHost: files.test\n\n'],
    ['a space before the colon', `${allowed}Transfer-Encoding : chunked\r\n\r\n`],
    ['no HTTP', 'hello\r\n\r\n'],
    ['headers without an end', `${allowed}X: ${'a'.repeat(40_000)}`],
  ])('%s: refused and recorded', async (_what, bytes) => {
    hive = await runEgress();
    hive.allow({ hosts: ['*.test', 'files.test', 'other.test'], address: '127.0.0.1' });
    expect(await hive.say(bytes)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n.*text\/plain/s);
    await expectRecord({ verdict: 'refused', why: 'bad_request' });
    expect(hive.lookups).toEqual([]);
  });
});

describe('a plain HTTP host that does not answer in HTTP/1.1', () => {
  test.each([
    ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nanything'],
    ['says something else', 'SSH-2.0-host\r\n'],
    ['announces an answer and closes', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('%s: the box is told, and its connection ends', async (_, bytes) => {
    const odd = createServer((socket) => {
      socket.once('data', () => socket.end(bytes));
      socket.on('error', () => undefined);
    });
    odd.listen(0, '127.0.0.1');
    await once(odd, 'listening');
    onTestFinished(() => void odd.close());
    const place = `files.test:${(odd.address() as AddressInfo).port}`;
    hive = await runEgress();
    hive.allow(place);
    expect(await hive.say(`GET http://${place}/ HTTP/1.1\r\nHost: ${place}\r\n\r\n`)).toMatch(/^HTTP\/1.1 502 /);
  });
});

describe('limits', () => {
  test('connections beyond the limit are refused, and work again when others ended', async () => {
    hive = await runEgress({ limits: { connectionsPerAgent: 2 } });
    hive.allow(http());
    const ask = () => hive.say(`GET http://${http()}/ HTTP/1.1\r\nHost: ${http()}\r\n\r\n`);
    const held = [hive.open(), hive.open()];
    await Promise.all(held.map((one) => once(one, 'connect')));
    await vi.waitFor(async () => expect(await ask()).toMatch(/^HTTP\/1.1 503 /));
    await expectRecord({ why: 'too_many' });
    held.forEach((one) => one.destroy());
    await vi.waitFor(async () => expect(await ask()).toMatch(/^HTTP\/1.1 200 /));
  });

  test('a head that does not end is cut off', async () => {
    hive = await runEgress({ limits: { headMs: 20 } });
    expect(await hive.say('GET http://files.test/ HTTP/1.1\r\nX: ')).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a connection without traffic is closed and recorded as idle', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    hive = await runEgress({ limits: { idleMs: 50 } });
    hive.allow(`silent.test:${port}`);
    await hive.say(`GET http://silent.test:${port}/ HTTP/1.1\r\nHost: silent.test:${port}\r\n\r\n`);
    await expectRecord({ verdict: 'allowed', why: 'idle', host: 'silent.test' });
  });
});

describe('behind a proxy of the network', () => {
  test('a tunnel goes through it, with its password; the proxy resolves the name', async () => {
    hive = await runEgress({ network: { https: host.proxyUrl } });
    hive.allow({ hosts: [PRIVATE_NAME], port: 443 });
    const { socket, status } = await hive.tunnel(`${PRIVATE_NAME}:443`);
    expect(status).toBe(200);
    expect(await askTls(socket, { servername: PRIVATE_NAME, caPem: host.caPem })).toContain('by the provider');
    const auth = `Basic ${Buffer.from('worker:pass word').toString('base64')}`;
    expect(host.asked).toEqual([{ target: `${PRIVATE_NAME}:443`, auth }]);
    expect(hive.lookups).toEqual([]);
  });

  test('what the proxy refuses is a failure, without the proxy’s password in log or answer', async () => {
    host.refusing = '407 Proxy Authentication Required';
    onTestFinished(() => {
      host.refusing = null;
    });
    hive = await runEgress({ network: { https: host.proxyUrl } });
    hive.allow({ hosts: [PRIVATE_NAME], port: 443 });
    const { status, text } = await hive.tunnel(`${PRIVATE_NAME}:443`);
    expect(status).toBe(502);
    expect(text + hive.logs.join('')).not.toMatch(/worker|pass(?:%20| )word|d29ya2Vy/);
    await expectRecord({ verdict: 'failed', why: 'unreachable' });
  });

  test('hosts of no_proxy are reached directly', async () => {
    hive = await runEgress({ network: { http: host.proxyUrl, noProxy: 'a.example, .files.test' } });
    hive.allow(http());
    expect(await hive.say(`GET http://${http()}/ HTTP/1.1\r\nHost: ${http()}\r\n\r\n`)).toContain('the file');
    expect(host.asked).toEqual([]);
  });
});
