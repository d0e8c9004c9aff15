import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STREAM, WHOLE } from '../host/gateway/protocols/anthropic/fixtures/answers.ts';
import { type PrivateProvider, startPrivateProvider } from '../host/gateway/fixtures/private-provider.ts';
import { EGRESS_IN_BOX } from '../protocol/box-paths.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A whole hive behind a company's proxy: a provider that only the proxy can reach, with a certificate of a private CA.
const KEY = `sk-ant-api03-${'k'.repeat(80)}`;
const SECRETS = /worker|pass(?:%20| )word|d29ya2Vy|kkkkkkkk/;
let hive: TestHive;
let around: PrivateProvider;
let dir: string;
let caFile: string;
/** How the next calls to the model end: 'whole', or 'stalls' after the first event. */
let stream: 'whole' | 'stalls' = 'whole';
let modelStatus = 200;

beforeAll(async () => {
  around = await startPrivateProvider();
  around.answer = (request, response) => void answer(request, response);
  dir = await mkdtemp(join(tmpdir(), 'hv-ca-'));
  caFile = join(dir, 'company.pem');
  await writeFile(caFile, around.caPem);
  hive = await openTestHive({
    agents: ['manager'],
    config: {
      providers: { anthropic: { base_url: 'https://provider.invalid' } },
      proxy: { https: around.proxyUrl, ca_file: caFile },
    },
  });
  await hive.start();
  expect(await hive.hivectl(['provider', 'set', 'anthropic'], `${KEY}\n`)).toMatchObject({ code: 0 });
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await around.close();
  await rm(dir, { recursive: true });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  if (request.method === 'GET') {
    response.writeHead(modelStatus, { 'content-type': 'application/json' });
    const refused = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
    response.end(JSON.stringify(modelStatus === 200 ? { data: [{ id: 'claude-sonnet-4-5' }] } : refused));
    return;
  }
  if ((JSON.parse(body) as { stream?: boolean }).stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(WHOLE);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (stream === 'whole') response.end(STREAM.join(''));
  else response.write(STREAM[0]);
}

test('provider test and doctor report success in a line, and the route', async () => {
  const tested = await hive.hivectl(['provider', 'test', 'anthropic']);
  expect(tested).toEqual({ code: 0, stdout: '✔ https://provider.invalid takes the key\n', stderr: '' });
  const doctor = await hive.hivectl(['doctor']);
  expect(doctor.stdout).toContain('✔ the provider (one free call): https://provider.invalid takes the key\n');
  const shown = around.proxyUrl.replace(/\/\/.*@/, '//***@');
  expect(doctor.stdout).toContain(`✔ way to the provider: proxy ${shown}; certificates of ${caFile} beside Node's\n`);
  expect(doctor.stdout + doctor.stderr).not.toMatch(SECRETS);
});

test('a refused key, a proxy that requires another password: the line says which, and the exit code is 69', async () => {
  modelStatus = 401;
  const refused = await hive.hivectl(['provider', 'test', 'anthropic']);
  expect([refused.code, refused.stdout]).toEqual([
    69,
    '✖ key: https://provider.invalid refuses the key (401: invalid x-api-key). Set another one: hivectl provider set anthropic\n',
  ]);
  await hive.event((event) => event.kind === 'provider.refused');
  expect((await hive.hivectl(['status'])).stdout).toMatch(/model +anthropic refuses the key \(401\)/);
  modelStatus = 200;
  around.refusing = '407 Proxy Authentication Required';
  const doctor = await hive.hivectl(['doctor']);
  expect(doctor.code).toBe(69);
  expect(doctor.stdout).toMatch(/✖ the provider \(one free call\): The proxy http:\/\/\*\*\*@\S+ wants a name and a password \(407\)\.\n +Look at proxy\.https/); // prettier-ignore
  around.refusing = null;
  expect(await hive.hivectl(['provider', 'test', 'anthropic'])).toMatchObject({ code: 0 });
  await hive.event((event) => event.kind === 'provider.accepted');
});

// Vulnerability: a proxy's URL contains a password. Scenario: an agent searches for it. Verified: no part of it can be
// found in its box.
test('nothing of the proxy, its password, the certificate or the key is in a box', async () => {
  const box = (await hive.containers()).find((one) => one.Labels['hive.agent'] === 'manager')?.Id ?? '';
  const { stdout } = await promisify(execFile)('docker', ['inspect', box]);
  expect(stdout).not.toMatch(SECRETS);
  expect(stdout).not.toMatch(/EXTRA_CA|company\.pem/i);
  // The box's own proxy is a relay of the hive: the same in every box.
  const proxiesIn = (text: string) => new Set([...text.matchAll(/\b(?:https?|no)_proxy=([^"\n]*)/gi)].map(([, value]) => value));
  const ours = new Set([EGRESS_IN_BOX, '127.0.0.1,localhost,::1']);
  expect(proxiesIn(stdout)).toEqual(ours);
  const inBox = async (script: string) => (await hive.inBox('manager', ['sh', '-c', script])).output;
  // Of every process there, including the harness and the CLI.
  const environments = await inBox('for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/environ; tr "\\0" " " < $p/cmdline; done 2>/dev/null');
  expect(environments).toContain('PATH=');
  expect(environments).not.toMatch(SECRETS);
  expect(proxiesIn(environments)).toEqual(ours);
  expect(environments).not.toMatch(/^(?:NODE_EXTRA_CA_CERTS|SSL_CERT)/im);
  expect(await inBox('cat /proc/self/mountinfo')).not.toMatch(/company|hv-ca-/);
  // Search strings that do not occur in this command line itself.
  const found = await inBox(`grep -rlE 'work''er:pass|pass''%20word|${KEY.slice(0, 9)}''${'k'.repeat(8)}' /agents /shared /run /etc /opt /tmp 2>/dev/null`);
  expect(found).toBe('');
}); // prettier-ignore

test('a gateway that is killed in the middle of an answer: the call is counted with unknown cost, and the turn continues', async () => {
  stream = 'stalls';
  await hive.admin.call('send', { to: 'manager', body: 'hello' });
  const db = new Database(join(hive.root, 'hive.db'), { readonly: true });
  const open = db.prepare('SELECT COUNT(*) FROM open_calls').pluck();
  await hive.until(async () => Number(open.get()) > 0, 'the start of a call to be stored');
  const gateway = (await hive.admin.call('status', {})).services.find((one) => one.name === 'gateway');
  stream = 'whole';
  process.kill(gateway?.pid ?? Number.NaN, 'SIGKILL');
  const lost = await hive.event((event) => event.kind === 'usage.recorded' && event.data['lost'] === true);
  expect(lost).toMatchObject({
    agent: 'manager',
    data: { provider: 'anthropic', status: 0, usage: { costUsd: null } },
  });
  const finished = await hive.event((event) => event.kind === 'turn.finished');
  expect(finished.data).toMatchObject({ outcome: 'done', reason: null, counted: 'gateway' });
  expect((finished.data['usage'] as { unpricedCalls: number }).unpricedCalls).toBeGreaterThanOrEqual(1);
  await hive.until(async () => Number(open.get()) === 0, 'no call to be open');
  db.close();
  expect((await hive.hivectl(['ps'])).stdout).toMatch(/manager .*(?:≥ \$0\.\d+|> \$0), \d calls? unpriced/);
  expect((await hive.hivectl(['events', '--kinds', 'usage.recorded'])).stdout).toContain('lost with the gateway');
});
