import { execFile } from 'node:child_process';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';

const openssl = (args: string[], cwd: string) => promisify(execFile)('openssl', args, { cwd });

let dir: string;
let caPem: string;
let provider: Server;
let proxy: Server;
/** What the proxy was asked for: target and credentials. */
let asked: { target: string; auth: string | undefined }[];
let refusing: boolean;
const sockets = new Set<Socket>();
let hive: RunningGateway | null = null;

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listen = (server: Server) =>
  new Promise<void>((resolve) => {
    server.on('connection', (socket) => sockets.add(socket));
    server.listen(0, '127.0.0.1', resolve);
  });

/** A provider behind a certificate of a private CA, for a name that only the proxy can resolve. */
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-proxy-'));
  await openssl(
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA'],
    dir,
  );
  await openssl(
    ['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'k', '-out', 'csr', '-subj', '/CN=provider.invalid', '-addext', 'subjectAltName=DNS:provider.invalid'],
    dir,
  ); // prettier-ignore
  await openssl(
    ['x509', '-req', '-in', 'csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'crt', '-copy_extensions', 'copy'],
    dir,
  ); // prettier-ignore
  caPem = await readFile(join(dir, 'ca.pem'), 'utf8');
  provider = createTlsServer(
    { key: await readFile(join(dir, 'k')), cert: await readFile(join(dir, 'crt')) },
    (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"said":"by the provider"}');
    },
  );
  await listen(provider);
  asked = [];
  refusing = false;
  proxy = createServer();
  proxy.on('connect', (request, client: Socket) => {
    asked.push({ target: request.url ?? '', auth: request.headers['proxy-authorization'] });
    if (refusing) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const there = connect(portOf(provider), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(client).pipe(there);
    });
    sockets.add(there);
    for (const end of [there, client]) end.on('error', () => end.destroy());
  });
  await listen(proxy);
});
afterEach(async () => {
  await hive?.stop();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of [provider, proxy]) server.close();
  await rm(dir, { recursive: true });
});

const proxyUrl = () => `http://worker:pass%20word@127.0.0.1:${portOf(proxy)}`;
async function ask(network: Parameters<typeof runGateway>[0]['network'], baseUrl = 'https://provider.invalid') {
  hive = await runGateway({ baseUrl, key: 'sk-ant-test-key', ...(network === undefined ? {} : { network }) });
  const answer = await hive.ask(SCOUT, { body: messages('hi') });
  return { status: answer.statusCode, text: await answer.body.text() };
}

test('the provider is reached by the proxy, with its password, and trusted by the private CA', async () => {
  expect(await ask({ https: proxyUrl(), caPem })).toEqual({ status: 200, text: '{"said":"by the provider"}' });
  const auth = `Basic ${Buffer.from('worker:pass word').toString('base64')}`;
  expect(asked).toEqual([{ target: 'provider.invalid:443', auth }]);
  expect(hive?.logs.join('\n')).not.toMatch(/worker|pass/);
});

test('without the private CA the connection is refused', async () => {
  const { status, text } = await ask({ https: proxyUrl() });
  expect(status).toBe(502);
  expect(text).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('a host of no_proxy is reached directly', async () => {
  const baseUrl = `https://127.0.0.1:${portOf(provider)}`;
  const { text } = await ask({ https: proxyUrl(), noProxy: 'other.invalid,127.0.0.1', caPem }, baseUrl);
  // The certificate is for another name: the provider itself was met.
  expect(text).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(asked).toEqual([]);
});

test('what a proxy that refuses us was told is in no log and in no answer', async () => {
  refusing = true;
  const { status, text } = await ask({ https: proxyUrl(), caPem });
  expect(status).toBe(502);
  expect(text).toContain('proxy');
  expect(text + String(hive?.logs.join('\n'))).not.toMatch(/worker|pass(?:%20| )word|d29ya2Vy/);
});
