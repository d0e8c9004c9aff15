import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PrivateProvider, startPrivateProvider } from './fixtures/private-provider.ts';
import { messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';

let around: PrivateProvider;
let hive: RunningGateway | null = null;
beforeEach(async () => {
  around = await startPrivateProvider();
});
afterEach(async () => {
  await hive?.stop();
  hive = null;
  await around.close();
});

async function ask(network: Parameters<typeof runGateway>[0]['network'], baseUrl = 'https://provider.invalid') {
  hive = await runGateway({ baseUrl, key: 'sk-ant-test-key', ...(network === undefined ? {} : { network }) });
  const answer = await hive.ask(SCOUT, { body: messages('hi') });
  return { status: answer.statusCode, text: await answer.body.text() };
}

test('the provider is reached by the proxy, with its password, and trusted by the private CA', async () => {
  const { proxyUrl, caPem } = around;
  expect(await ask({ https: proxyUrl, caPem })).toEqual({ status: 200, text: '{"said":"by the provider"}' });
  const auth = `Basic ${Buffer.from('worker:pass word').toString('base64')}`;
  expect(around.asked).toEqual([{ target: 'provider.invalid:443', auth }]);
  expect(hive?.logs.join('\n')).not.toMatch(/worker|pass/);
});

test('without the private CA the connection is refused', async () => {
  const { status, text } = await ask({ https: around.proxyUrl });
  expect(status).toBe(502);
  expect(text).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('a host of no_proxy is reached directly', async () => {
  const { proxyUrl, caPem, providerPort } = around;
  const baseUrl = `https://127.0.0.1:${providerPort}`;
  const { text } = await ask({ https: proxyUrl, noProxy: 'other.invalid,127.0.0.1', caPem }, baseUrl);
  // The certificate is for another name: the provider itself was met.
  expect(text).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(around.asked).toEqual([]);
});

test('what a proxy that refuses us was told is in no log and in no answer', async () => {
  around.refusing = '407 Proxy Authentication Required';
  const { status, text } = await ask({ https: around.proxyUrl, caPem: around.caPem });
  expect(status).toBe(502);
  expect(text).toContain('proxy');
  expect(text + String(hive?.logs.join('\n'))).not.toMatch(/worker|pass(?:%20| )word|d29ya2Vy/);
});
