/**
 * Webhooks of the forge, by the real egress proxy of the gateway, to a real server.
 *
 * Vulnerability: a webhook reaches an address inside, its secret is shown, or a kill or an outage loses a call.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openForgeDb } from '../forge/store/forge-db.ts';
import { CODER } from '../forge/testing/forge-rig.ts';
import { until } from '../forge/testing/until.ts';
import type { RepoName, RepoOwner } from '../protocol/names.ts';
import type { WebhookEvent } from '../protocol/schemas/webhook.ts';
import { type Outside, openOutside } from './support/outside.ts';

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

let outside: Outside;
let place: string;
let made = 0;
let status = 200;
const heard: Heard[] = [];
const listener = (
  request: IncomingMessage,
  response: { writeHead(status: number, headers?: object): { end(text: string): void } },
) => {
  let text = '';
  request.on('data', (chunk) => (text += String(chunk)));
  request.once('end', () => {
    const { headers, url: path = '' } = request;
    heard.push({ headers, path, text, body: JSON.parse(text) as Record<string, unknown> });
    response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/inside' } : {}).end('heard');
  });
};
const server = createServer(listener);
beforeAll(async () => {
  outside = await openOutside();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place = `hooks.test:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await outside.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  heard.length = 0;
  status = 200;
  outside.allow(place, outside.tls);
});

async function makeRepo() {
  const name = `app${(made += 1)}` as RepoName;
  const work = await outside.rig.makeWork(name, { file: 'one' });
  const push = async (...specs: string[]) =>
    outside.rig.git('-C', work, 'push', '-q', `${outside.rig.urlOf(CODER)}/${CODER}/${name}.git`, ...specs);
  await push('main');
  return { owner: CODER as RepoOwner, name, work, push };
}
const add = (
  { owner, name }: { owner: RepoOwner; name: RepoName },
  more: { url?: string; events?: WebhookEvent[] } = {},
) => outside.rig.operator.call('addWebhook', { owner, name, url: `http://${place}/hook`, ...more });
const deliveriesOf = async (id: number) => (await outside.rig.operator.call('listDeliveries', { id })).deliveries;
const events = () =>
  heard.map(
    ({ headers, body }) =>
      `${String(headers['x-gitea-event'])} ${String(body['action'] ?? body['ref'] ?? body['state'])}`,
  );

test('a push, a pull request and its review are told in Gitea’s shapes, signed, once each', async () => {
  const repo = await makeRepo();
  const { webhook, secret } = await add(repo);
  await outside.rig.git('-C', repo.work, 'commit', '-q', '--allow-empty', '-m', 'two');
  await repo.push('main:topic');
  const path = { owner: repo.owner, name: repo.name };
  await outside.rig.agent(CODER).call('openPull', { ...path, head: 'topic', base: 'main', title: 'Two' });
  await outside.rig.operator.call('reviewPull', { ...path, number: 1, verdict: 'comment', body: 'fine' });
  await until('three calls', () => heard.length >= 3, 30_000);
  expect(events()).toEqual(['push refs/heads/topic', 'pull_request opened', 'pull_request_comment reviewed']);
  const [pushed, opened] = heard;
  expect(pushed?.body).toMatchObject({
    before: '0'.repeat(40),
    commits: [{ message: expect.stringContaining('two') }, { message: expect.stringContaining('first') }],
    repository: { full_name: `${CODER}/${repo.name}` },
    pusher: { login: CODER },
  });
  expect(opened?.body).toMatchObject({ number: 1, pull_request: { title: 'Two', head: { ref: 'topic' } } });
  for (const { headers, text } of heard) {
    const signature = createHmac('sha256', secret).update(text).digest('hex');
    expect(headers['x-gitea-signature']).toBe(signature);
    expect(headers['x-hub-signature-256']).toBe(`sha256=${signature}`);
  }
  await until('all is recorded', async () => (await deliveriesOf(webhook.id)).every(({ state }) => state === 'done'));
  expect(new Set(heard.map(({ headers }) => headers['x-gitea-delivery'])).size).toBe(3);
  expect(JSON.stringify(await outside.rig.operator.call('listWebhooks', {}))).not.toContain(secret);
  expect((await deliveriesOf(webhook.id))[0]).toMatchObject({ status: 200, response: 'heard', attempts: 1 });
});

test('only events that were asked for are told; by TLS the certificate is verified', async () => {
  const repo = await makeRepo();
  const { webhook } = await add(repo, { events: ['status'], url: `https://${outside.tls}/project.git` });
  await repo.push('main:other');
  const { delivery } = await outside.rig.operator.call('testWebhook', { id: webhook.id });
  // A git server answers, but not to this.
  expect(delivery).toMatchObject({ event: 'ping', state: 'failed', status: 404 });
  expect(outside.host.heard.at(-1)).toBe('POST /project.git');
  expect((await deliveriesOf(webhook.id)).map(({ event }) => event)).toEqual(['ping']);
});

test('what fails is tried again with the same id; a test that succeeds ends the outage', async () => {
  const repo = await makeRepo();
  const { webhook } = await add(repo, { events: ['push'] });
  status = 500;
  await repo.push('main:other');
  await until('a try failed', async () => (await deliveriesOf(webhook.id))[0]?.attempts === 1, 30_000);
  const [failed] = await deliveriesOf(webhook.id);
  expect(failed).toMatchObject({
    state: 'waiting',
    status: 500,
    response: 'heard',
    error: expect.stringContaining('answered 500'),
  });
  expect(failed?.dueAt).toBeGreaterThan(Date.now());
  const viewOf = async () =>
    (await outside.rig.operator.call('listWebhooks', {})).webhooks.find(({ id }) => id === webhook.id);
  expect(await viewOf()).toMatchObject({ waiting: 1, failingSince: expect.any(Number), disabledAt: null });
  status = 200;
  expect((await outside.rig.operator.call('testWebhook', { id: webhook.id })).delivery).toMatchObject({
    state: 'done',
  });
  expect(await viewOf()).toMatchObject({ failingSince: null, error: null });
});

test('one that failed for a week is disabled, with a notice; a test that succeeds enables it', async () => {
  const repo = await makeRepo();
  const { webhook } = await add(repo, { events: ['push'] });
  status = 500;
  const db = openForgeDb(join(outside.rig.dir, 'root/forge.db'), null);
  db.prepare('UPDATE webhooks SET failing_since = ? WHERE id = ?').run(Date.now() - 8 * 24 * 3_600_000, webhook.id);
  db.close();
  await repo.push('main:other');
  const viewOf = async () =>
    (await outside.rig.operator.call('listWebhooks', {})).webhooks.find(({ id }) => id === webhook.id);
  await until('it is disabled', async () => (await viewOf())?.disabledAt !== null, 30_000);
  expect(await viewOf()).toMatchObject({ waiting: 0 });
  const mails = (await outside.rig.facts()).flatMap(({ mail }) => mail.filter(({ to }) => to === 'operator'));
  expect(JSON.stringify(mails)).toContain(`hivectl forge webhook test ${webhook.id}`);
  // What happens meanwhile is not told later.
  await repo.push('main:more');
  status = 200;
  await until('that is passed over', async () => (await deliveriesOf(webhook.id)).length === 1);
  await outside.rig.operator.call('testWebhook', { id: webhook.id });
  expect(await viewOf()).toMatchObject({ disabledAt: null, failingSince: null });
  await repo.push('main:last');
  await until('it is called again', () => events().includes('push refs/heads/last'), 30_000);
});

test('facts about other repositories are passed over, and what comes after them is told', async () => {
  const repo = await makeRepo();
  const { webhook } = await add(repo, { events: ['push'] });
  const db = openForgeDb(join(outside.rig.dir, 'root/forge.db'), null);
  const insert = db.prepare(
    "INSERT INTO facts (at, kind, made_by, repo, data) VALUES (?, 'forge.default_branch', 'operator', 'coder/none', ?)",
  );
  db.transaction(() => {
    for (let at = 0; at < 600; at += 1) insert.run(Date.now(), JSON.stringify({ branch: 'main' }));
  })();
  const positionOf = () => db.prepare('SELECT after_fact FROM webhooks WHERE id = ?').pluck().get(webhook.id) as number;
  const before = positionOf();
  await until('they are passed over', () => positionOf() >= before + 500, 30_000);
  db.close();
  await repo.push('main:after');
  await until('it is called', () => events().includes('push refs/heads/after'), 30_000);
});

test('hosts that are not allowed, addresses inside and redirects are not reached', async () => {
  const repo = await makeRepo();
  const { webhook } = await add(repo, { events: ['push'] });
  const ping = async () => (await outside.rig.operator.call('testWebhook', { id: webhook.id })).delivery;
  outside.allow();
  expect((await ping()).error).toContain(`hivectl egress allow hive ${place}`);
  const [host = '', port] = place.split(':');
  outside.names.set(host, ['127.0.0.1']);
  const inside = {
    id: 1,
    verdict: 'allow' as const,
    hosts: [host],
    port: Number(port),
    methods: null,
    address: null,
    once: false,
  };
  outside.egress.rules.set([{ name: 'hive', rules: [inside] }]);
  expect((await ping()).error).toContain('not of the Internet');
  expect(heard).toEqual([]);
  outside.allow(place);
  status = 302;
  expect(await ping()).toMatchObject({ state: 'failed', status: 302 });
  expect(heard).toHaveLength(1);
});

test('a forge that starts again tells what happened meanwhile, and an agent adds no webhook', async () => {
  const repo = await makeRepo();
  const { webhook } = await add(repo, { events: ['push'] });
  await outside.rig.restart(async () => {
    const gitdir = `--git-dir=${outside.rig.repositoryDir(`${CODER}/${repo.name}`)}`;
    await outside.rig.git(gitdir, 'update-ref', 'refs/heads/late', 'refs/heads/main');
  });
  await until('the call', () => events().includes('push refs/heads/late'), 30_000);
  await until('its record', async () => (await deliveriesOf(webhook.id))[0]?.state === 'done');
  const agent = outside.rig.agent(CODER) as unknown as typeof outside.rig.operator;
  await expect(
    agent.call('addWebhook', { owner: repo.owner, name: repo.name, url: `http://${place}/hook` }),
  ).rejects.toBeDefined();
  await outside.rig.operator.call('removeWebhook', { id: webhook.id });
  await expect(outside.rig.operator.call('listDeliveries', { id: webhook.id })).rejects.toMatchObject({
    code: 'not_found',
  });
});
