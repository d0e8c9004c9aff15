import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PRIVATE_NAME, type PrivateProvider, startPrivateProvider } from '../fixtures/private-provider.ts';
import { type RunningEgress, runEgress, runPlainHost } from '../fixtures/run-egress.ts';
import { SCOUT } from '../fixtures/run-gateway.ts';

/*
 * Vulnerability: a token that an agent needs for a host is in its box, where it can be read and sent elsewhere.
 * Scenario: the gateway adds it to the agent's requests; the agent tries to have it sent elsewhere, or back.
 * Verified: only that host gets it, by TLS, and the box never does.
 */
const SECRET = 'ghp_hJ4wqZ81rTn5LkXc92';
const BASIC = `Basic ${Buffer.from(`x-access-token:${SECRET}`).toString('base64')}`;
let host: PrivateProvider;
let hive: RunningEgress;
let heard: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  host = await startPrivateProvider();
});
afterAll(() => host.close());
beforeEach(() => {
  heard = [];
  answer = (_request, response) => response.end('the answer');
  host.answer = (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.once('end', () => {
      const { method = '', url = '', headers } = request;
      heard.push({ method, url, headers, body });
      answer(request, response);
    });
  };
});
afterEach(() => hive.close());

const place = () => `${PRIVATE_NAME}:${host.providerPort}`;
/** Everything of the connection, in Latin-1. */
const get = (more = '', path = '/a?b') =>
  hive.say(`GET http://${place()}${path} HTTP/1.1\r\nHost: ${place()}\r\n${more}\r\n`);

function inject(value: string | null = BASIC, more: { header?: string; secret?: string } = {}): void {
  const { header = 'authorization', secret = SECRET } = more;
  const port = host.providerPort;
  const credential = value === null ? null : { secret, value };
  const injections = [{ id: 1, host: PRIVATE_NAME, askedPort: port, port, header, credential }];
  hive.injections.replace({ type: 'injections', agents: [{ name: SCOUT, injections }] });
}

async function open(): Promise<void> {
  hive = await runEgress({ network: { caPem: host.caPem } });
  hive.allow(place());
  inject();
}

describe('a request for the host', () => {
  test('goes by TLS with the secret, and is recorded with its bytes', async () => {
    await open();
    const said = await hive.say(
      `POST http://${place()}/x HTTP/1.1\r\nHost: ${place()}\r\nX-Kept: yes\r\nContent-Length: 4\r\n\r\nbody`,
    );
    expect(said).toMatch(/^HTTP\/1.1 200 OK\r\n.*the answer/s);
    expect(heard).toMatchObject([{ method: 'POST', url: '/x', body: 'body', headers: { authorization: BASIC } }]);
    expect(heard[0]?.headers).toMatchObject({ host: place(), 'x-kept': 'yes', 'accept-encoding': 'identity' });
    await vi.waitFor(() => expect(hive.records).toHaveLength(1));
    expect(hive.records[0]).toMatchObject({ verdict: 'allowed', why: 'with_secret', kind: 'plain', rule: 1 });
    expect(hive.records[0]?.bytesUp).toBeGreaterThan(100);
    expect(hive.records[0]?.bytesDown).toBeGreaterThan(50);
    expect(JSON.stringify(hive.records) + hive.logs.join('')).not.toContain(SECRET.slice(0, 8));
  });

  test('is asked for at port 80 where the host is at port 443', async () => {
    hive = await runEgress({ network: { caPem: host.caPem, https: host.proxyUrl } });
    hive.allow({ hosts: [PRIVATE_NAME] });
    const injections = [
      {
        id: 1,
        host: PRIVATE_NAME,
        askedPort: 80,
        port: 443,
        header: 'authorization',
        credential: { secret: SECRET, value: BASIC },
      },
    ];
    hive.injections.replace({ type: 'injections', agents: [{ name: SCOUT, injections }] });
    host.asked.length = 0;
    const said = await hive.say(`GET http://${PRIVATE_NAME}/ HTTP/1.1\r\nHost: ${PRIVATE_NAME}\r\n\r\n`);
    expect(said).toContain('the answer');
    // Through the network's proxy, by CONNECT: the proxy does not see the secret.
    expect(host.asked).toMatchObject([{ target: `${PRIVATE_NAME}:443` }]);
    expect(heard).toMatchObject([{ headers: { host: PRIVATE_NAME, authorization: BASIC } }]);
  });

  test('has no header of the box’s in its place, whatever it is called', async () => {
    await open();
    const own = ['Authorization: Bearer mine', 'AUTHORIZATION: two', 'Connection: authorization'];
    await get(`${own.join('\r\n')}\r\n`);
    expect(heard[0]?.headers.authorization).toBe(BASIC);
    inject(SECRET, { header: 'x-api-key' });
    await get('X-API-Key: mine\r\nConnection: x-api-key\r\nAuthorization: kept\r\n');
    expect(heard[1]?.headers).toMatchObject({ 'x-api-key': SECRET, authorization: 'kept' });
  });

  test('keeps nothing that makes another request of it, or hides the answer', async () => {
    await open();
    const sly = ['X-HTTP-Method-Override: DELETE', 'X-Method-Override: PUT', 'X-Forwarded-Host: evil.test', 'Forwarded: host=evil.test', 'Range: bytes=0-9', 'Accept-Encoding: br']; // prettier-ignore
    await get(`${sly.join('\r\n')}\r\n`);
    expect(Object.keys(heard[0]?.headers ?? {}).sort()).toEqual([
      'accept-encoding',
      'authorization',
      'connection',
      'host',
    ]);
  });

  test('of a method that the rule does not allow is refused', async () => {
    await open();
    hive.allow({ hosts: [PRIVATE_NAME], port: host.providerPort, address: '127.0.0.1', methods: ['GET'] });
    const post = `POST http://${place()}/ HTTP/1.1\r\nHost: ${place()}\r\nContent-Length: 0\r\n\r\n`;
    expect(await hive.say(post)).toMatch(/^HTTP\/1.1 403 .*may not send POST/s);
    expect(heard).toEqual([]);
  });

  test('is refused when no rule allows the host, and when the secret has no value', async () => {
    await open();
    hive.allow();
    expect(await get()).toMatch(/^HTTP\/1.1 403 /);
    hive.allow(place());
    inject(null);
    expect(await get()).toMatch(/^HTTP\/1.1 503 .*has no value/s);
    expect(heard).toEqual([]);
  });
});

describe('the secret is not sent', () => {
  test('to a host whose certificate is of another name, or of nobody that is trusted', async () => {
    await open();
    const port = host.providerPort;
    hive.allow(`other.test:${port}`);
    const credential = { secret: SECRET, value: BASIC };
    const injections = [{ id: 1, host: 'other.test', askedPort: port, port, header: 'authorization', credential }];
    hive.injections.replace({ type: 'injections', agents: [{ name: SCOUT, injections }] });
    const said = await hive.say(`GET http://other.test:${port}/ HTTP/1.1\r\nHost: other.test:${port}\r\n\r\n`);
    expect(said).toMatch(/^HTTP\/1.1 502 .*ERR_TLS_CERT_ALTNAME_INVALID/s);
    await hive.close();
    hive = await runEgress();
    hive.allow(place());
    inject();
    expect(await get()).toMatch(/^HTTP\/1.1 502 /);
    await vi.waitFor(() => expect(hive.records).toMatchObject([{ verdict: 'failed', why: 'unreachable' }]));
    expect(heard).toEqual([]);
  });

  test('without TLS, to a host that does not speak it', async () => {
    const plain = await runPlainHost();
    onTestFinished(async () => void (await plain.close()));
    await open();
    const target = `${PRIVATE_NAME}:${plain.port}`;
    hive.allow(target);
    const injections = [{ id: 1, host: PRIVATE_NAME, askedPort: plain.port, port: plain.port, header: 'authorization', credential: { secret: SECRET, value: BASIC } }]; // prettier-ignore
    hive.injections.replace({ type: 'injections', agents: [{ name: SCOUT, injections }] });
    expect(await hive.say(`GET http://${target}/ HTTP/1.1\r\nHost: ${target}\r\n\r\n`)).toMatch(/^HTTP\/1.1 502 /);
    expect(plain.heard).toEqual([]);
  });

  test('to another port or another name of the same host', async () => {
    const plain = await runPlainHost();
    onTestFinished(async () => void (await plain.close()));
    await open();
    hive.allow(`${PRIVATE_NAME}:${plain.port}`, `sub.${PRIVATE_NAME}:${plain.port}`);
    for (const name of [PRIVATE_NAME, `sub.${PRIVATE_NAME}`]) {
      const target = `${name}:${plain.port}`;
      expect(await hive.say(`GET http://${target}/ HTTP/1.1\r\nHost: ${target}\r\n\r\n`)).toContain('the file');
    }
    expect(plain.heard.map(({ request }) => request.headers.authorization)).toEqual([undefined, undefined]);
  });

  test('after a redirect: the box gets it, and no other request is made', async () => {
    await open();
    answer = (_request, response) => response.writeHead(302, { location: 'https://evil.test/' }).end();
    expect(await get()).toMatch(/^HTTP\/1.1 302 .*location: https:\/\/evil\.test\//is);
    expect(heard).toHaveLength(1);
  });

  test.each([
    ['of its own', (at: string) => [`https://${at}/b?c=d`, `http://${at}/b?c=d`]],
    ['of its own in another spelling', (at: string) => [`HTTPS://${at.toUpperCase()}`, `http://${at}`]],
    ['relative', () => ['/b', '/b']],
    ['of another port', () => [`https://${PRIVATE_NAME}/b`, `https://${PRIVATE_NAME}/b`]],
    ['of another name', (at: string) => [`https://x.${at}/b`, `https://x.${at}/b`]],
    ['with a user', (at: string) => [`https://a@${at}/b`, `https://a@${at}/b`]],
  ])('an address %s in a redirect leads the box back here only if the secret is for it', async (_, addresses) => {
    await open();
    const [sent = '', seen = ''] = addresses(place());
    answer = (_request, response) => response.writeHead(301, { location: sent }).end();
    expect(/^location: (.*)\r$/im.exec(await get())?.[1]).toBe(seen);
  });
});

describe('an answer that contains the secret', () => {
  const forms = [SECRET, BASIC, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')];

  test('comes without it: in the body, in headers, in the status line', async () => {
    await open();
    answer = (request, response) => {
      const echoed = JSON.stringify(request.headers);
      response.writeHead(200, `Hello ${SECRET}`, {
        'x-echo': String(request.headers.authorization),
        'content-length': Buffer.byteLength(echoed),
        'set-cookie': 'session=as-good-as-the-secret',
      });
      response.end(echoed);
    };
    const said = await get();
    for (const form of forms) expect(said).not.toContain(form);
    expect(said).not.toContain('as-good-as');
    expect(said).toContain('HTTP/1.1 200 Hello [redacted]');
    expect(said).toMatch(/"authorization":"Basic \S*\[redacted\]/);
  });

  test('comes without it where it is spread over packets, and compressed', async () => {
    await open();
    answer = (_request, response) => {
      response.write(`<${SECRET.slice(0, 9)}`);
      setImmediate(() => response.end(`${SECRET.slice(9)}>`));
    };
    expect(await get()).toContain('<[redacted]>'.slice(1, -1));
    answer = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(`<${SECRET}>`));
    };
    const said = await get('Accept-Encoding: gzip\r\n');
    expect(said).toContain('<[redacted]>');
    expect(said).not.toMatch(/content-encoding/i);
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'own' }).end(SECRET);
    expect(await get()).toMatch(/^HTTP\/1.1 502 /);
  });

  test('comes whole where it does not contain it, also as binary data', async () => {
    await open();
    const packed = gzipSync(Buffer.alloc(300_000, 'abc'));
    answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(packed);
    const socket = hive.open();
    socket.write(`GET http://${place()}/ HTTP/1.0\r\nHost: ${place()}\r\n\r\n`);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => socket.end());
    await once(socket, 'close');
    const all = Buffer.concat(chunks);
    expect(all.subarray(all.indexOf('\r\n\r\n') + 4).equals(packed)).toBe(true);
  });
});

test.each([
  ['withdrawn', () => hive.injections.replace({ type: 'injections', agents: [] })],
  ['changed', () => inject('Basic other')],
])('a connection whose secret is %s ends at once', async (_what, change) => {
  await open();
  answer = (_request, response) => {
    response.write('first words.');
  };
  const socket = hive.open();
  socket.write(`GET http://${place()}/ HTTP/1.1\r\nHost: ${place()}\r\n\r\n`);
  let said = '';
  socket.on('data', (chunk) => {
    said += String(chunk);
  });
  await vi.waitFor(() => expect(said).toContain('first words.'));
  socket.once('end', () => socket.end());
  change();
  // hived sends the rules behind it.
  hive.allow(place());
  await once(socket, 'close');
  await vi.waitFor(() => expect(hive.records).toMatchObject([{ verdict: 'refused', why: 'no_secret' }]));
});
