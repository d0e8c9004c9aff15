/**
 * The sockets of an agent's box that serve operations and calls: hived's, the forge's, the gateway's. The socket identifies the caller: every
 * request on it is its agent's.
 * Vulnerability: a request's target, headers or body make a server take its caller for another one, or reach an
 * operation that is not for agents.
 * Scenario: every route that these zones register, also those of other callers, in every disguise, on one agent's
 * sockets.
 * Verified: only declared routes exist; the caller is always the socket's agent; nothing of another owner's is read or
 * changed.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../system/log.ts';
import { expect, test } from 'vitest';
import { CODER, SCOUT, startRig } from '../forge/testing/forge-rig.ts';
import { API_PREFIX } from '../forge/gitea/serve-gitea.ts';
import { ROUTES } from '../forge/gitea/table.ts';
import { pktLine } from '../forge/git/pkt-line.ts';
import { serveAgents } from '../host/daemon/surfaces/listen.ts';
import { startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { STREAM } from '../host/gateway/protocols/anthropic/fixtures/answers.ts';
import { toPattern } from '../host/gateway/spoken-routes.ts';
import { PROTOCOLS } from '../host/gateway/protocols/protocols.ts';
import { messages, runGateway, SCOUT as GATEWAY_SCOUT } from '../host/gateway/fixtures/run-gateway.ts';
import type { AgentName, RepoName } from '../protocol/names.ts';
import { BACKUP_PATHS } from '../protocol/forge-backup.ts';
import type { Surface } from '../protocol/op.ts';
import { adminSurface } from '../protocol/operations/admin.ts';
import { agentSurface } from '../protocol/operations/agent.ts';
import { operatorSurface } from '../protocol/operations/operator.ts';
import { forgeAgentSurface } from '../protocol/operations/repos.ts';
import { forgeSurface, gatewayReportSurface } from '../protocol/operations/services.ts';
import { askAsIs, disguise } from './support/disguise-target.ts';
import { createAgentMemory } from '../host/daemon/core/agent-memory.ts';
import { collectRoutes, fillPattern, type Registered } from './support/registered-routes.ts';

const declared = (surface: Surface) => Object.values(surface).map(({ method, path }) => `${method} ${path}`);
const nameOf = ({ method, url }: Registered) => `${method} ${url}`;
/** Headers that a server might mistake for the caller's identity. */
const FORGED = {
  'x-forwarded-for': '127.0.0.1',
  forwarded: 'for=operator',
  'x-hive-agent': 'manager',
  from: 'operator',
};
const JSON_TYPE = { 'content-type': 'application/json' };

test("on an agent's socket of hived, only the agent's operations answer, and for that agent", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-agents-'));
  const callers = new Set<string>();
  const handlers = Object.fromEntries(
    Object.keys(agentSurface).map((name) => [
      name,
      (_input: unknown, { caller }: { caller: string }) => {
        callers.add(caller);
        return {};
      },
    ]),
  );
  const agents = ['ada', 'bob'].map((name) => ({
    name: name as AgentName,
    path: join(dir, name, 'agent.sock'),
    gid: undefined,
  }));
  for (const { name } of agents) await mkdir(join(dir, name));
  const log = openLog({ level: 'silent', output: process.stderr });
  const { built: sockets, routes } = await collectRoutes(async () => {
    const opened = await serveAgents(log, handlers as never, {
      memory: createAgentMemory(),
      list: () => agents,
      steady: alwaysLater(),
    });
    await opened.sync();
    return opened;
  });
  try {
    expect(new Set(routes.filter(({ method }) => method !== 'HEAD').map(nameOf))).toEqual(
      new Set(declared(agentSurface)),
    );
    const door = { socketPath: join(dir, 'ada', 'agent.sock') };
    const ask = async (method: string, target: string) => {
      const body = method === 'GET' ? {} : { body: '{"agent":"bob","from":"bob","name":"bob"}' };
      const { status } = await askAsIs(door, { method, target, headers: { ...FORGED, ...JSON_TYPE }, ...body });
      expect(status, `${method} ${target}`).toBeLessThan(500);
      return status;
    };
    for (const { method, path } of Object.values(agentSurface as Surface))
      for (const targets of inBatches(disguise(fillPattern(path))))
        await Promise.all(targets.map((target) => ask(method, target)));
    const own = new Set(declared(agentSurface));
    const others = [operatorSurface, adminSurface].flatMap((surface) => Object.values(surface as Surface));
    for (const { method, path } of others.filter((op) => !own.has(`${op.method} ${op.path}`)))
      expect(await ask(method, fillPattern(path)), `${method} ${path}`).toBeGreaterThanOrEqual(400);
    expect([...callers]).toEqual(['ada']);
  } finally {
    await sockets.close();
    await rm(dir, { recursive: true });
  }
});

/** A clock that refills an agent's budget of calls before each of them. */
function alwaysLater(): () => number {
  let minutes = 0;
  return () => (minutes += 1) * 60_000;
}

/** Batches of the number of requests that a socket accepts at once. */
function inBatches(targets: readonly string[]): string[][] {
  const batches = [];
  for (let start = 0; start < targets.length; start += 16) batches.push(targets.slice(start, start + 16));
  return batches;
}

const FORGE_GIT = [
  'GET /:owner/:repo/info/refs',
  'POST /:owner/:repo/git-upload-pack',
  'POST /:owner/:repo/git-receive-pack',
];
const LFS = '/:owner/:repo/info/lfs/*';
const GITEA = ROUTES.map(({ method, path }) => `${method} ${API_PREFIX}${path}`);
/** Streams for the operator. */
const { database, bundle, restore, stageDatabase, stageBundle, stageEnd } = BACKUP_PATHS;
const BACKUP = [
  `GET ${database}`,
  `GET ${bundle(':owner', ':name')}`,
  `POST ${restore(':owner', ':name')}`,
  `POST ${stageDatabase}`,
  `POST ${stageBundle(':owner', ':name')}`,
  `POST ${stageEnd}`,
];
/** An agent may make repositories of its own. */
const OWN = `POST ${API_PREFIX}/user/repos`;
/** Every other path of that API says that it is not there. */
const GITEA_REST = `${API_PREFIX}/*`;

test("on an agent's socket of the forge, nothing of another owner's is read or changed, and no operation of the operator's exists", async () => {
  const { built: rig, routes } = await collectRoutes(() => startRig({}, undefined, { steady: alwaysLater() }));
  try {
    const work = await rig.makeWork('work', { 'key.txt': 'SECRET\n' });
    expect((await rig.git('-C', work, 'push', '-q', `${rig.urlOf(SCOUT)}/scout/secret.git`, 'main')).code).toBe(0);
    const oid = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
    const isRest = (url: string) => url === LFS || url === GITEA_REST;
    const registered = new Set(routes.filter(({ method, url }) => method !== 'HEAD' && !isRest(url)).map(nameOf));
    expect(registered).toEqual(
      new Set([...declared(forgeSurface), ...declared(forgeAgentSurface), ...FORGE_GIT, ...BACKUP, ...GITEA]),
    );

    const deletion = `${pktLine(`${oid} ${'0'.repeat(40)} refs/heads/main\0 report-status`)}0000`;
    const want = `${pktLine(`want ${oid}\n`)}0000${pktLine('done\n')}`;
    const json = JSON.stringify({
      owner: 'scout',
      name: 'evil',
      description: '',
      branch: 'main',
      purge: 'scout/secret',
    });
    const given = (url: string): { headers: Record<string, string>; body?: string } => {
      if (url.endsWith('git-receive-pack'))
        return { headers: { 'content-type': 'application/x-git-receive-pack-request' }, body: deletion };
      if (url.endsWith('git-upload-pack'))
        return { headers: { 'content-type': 'application/x-git-upload-pack-request' }, body: want };
      return { headers: JSON_TYPE, body: json };
    };
    const ask = async (door: string, route: { method: string; url: string }, target: string) => {
      const { headers, body } = given(route.url);
      const sent = route.method === 'GET' ? { headers: FORGED } : { headers: { ...FORGED, ...headers }, body };
      return askAsIs({ socketPath: door }, { method: route.method, target, ...sent } as never);
    };
    const before = await rig.operator.call('listRepos', {});
    const facts = async () => (await rig.facts()).filter(({ kind }) => kind !== 'forge.refused');
    const factsBefore = await facts();
    const wrong: string[] = [];
    for (const name of [
      ...[...registered].filter((one) => one !== OWN),
      `GET ${LFS}`,
      `POST ${LFS}`,
      `GET ${GITEA_REST}`,
      `PATCH ${GITEA_REST}`,
    ]) {
      const [method = '', url = ''] = name.split(' ');
      const query = url.endsWith('info/refs') ? ['?service=git-upload-pack', '?service=git-receive-pack'] : [''];
      for (const tail of query)
        for (const target of disguise(fillPattern(url))) {
          const { status, body } = await ask(rig.socketOf(CODER), { method, url }, target + tail);
          const isAbsent = status === 501 && /There is no Git LFS here|^\{"message":/.test(body);
          if ((status >= 500 && !isAbsent) || body.includes(oid) || body.includes('first of work'))
            wrong.push(`${method} ${target}${tail} → ${status} ${body.slice(0, 200)}`);
        }
    }
    expect(wrong).toEqual([]);
    expect(await rig.operator.call('listRepos', {})).toEqual(before);
    expect(await facts()).toEqual(factsBefore);
    expect((await rig.git('ls-remote', `${rig.urlOf(SCOUT)}/scout/secret.git`)).stdout).toContain(oid);

    // The control: the same requests are answered where they are allowed.
    const refs = { method: 'GET', url: '/:owner/:repo/info/refs' };
    const plain = `${fillPattern(refs.url)}?service=git-upload-pack`;
    expect((await ask(rig.socketOf(SCOUT), refs, plain)).body).toContain(oid);
    expect((await ask(rig.socketOf('operator'), refs, plain)).body).toContain(oid);
    await rig.operator.call('removeRepo', { owner: SCOUT, name: 'secret' as RepoName });
  } finally {
    await rig.close();
  }
});

test("on an agent's socket of the gateway, calls reach only the paths of its provider's own protocol, and are that agent's", async () => {
  const provider = await startMockProvider(STREAM);
  const { built: hive, routes } = await collectRoutes(() => runGateway({ baseUrl: provider.url, key: 'sk-test-key' }));
  try {
    // The stand-in of hived that receives the reports runs in this process as well.
    const hiveds = new Set(declared(gatewayReportSurface));
    const own = routes.filter((route) => route.method !== 'HEAD' && !hiveds.has(nameOf(route)));
    const spoken = PROTOCOLS.flatMap((protocol) =>
      protocol.routes.map((route) => `${route.method} ${toPattern(route)}`),
    );
    expect(new Set(own.map(nameOf))).toEqual(new Set(['GET /', ...spoken]));
    const door = { socketPath: hive.around.socketOf(GATEWAY_SCOUT) };
    const body = messages('hello');
    const paths = PROTOCOLS.flatMap((protocol) => protocol.routes.map(({ path }) => path));
    const targets = [...paths, '/v1/files', '/v1/organizations/me'];
    for (const target of targets.flatMap(disguise)) {
      const answer = await askAsIs(door, { method: 'POST', target, headers: { ...FORGED, ...JSON_TYPE }, body });
      expect(answer.status, target).toBeLessThan(500);
      expect(answer.body).not.toContain('sk-test-key');
    }
    expect(provider.seen.length).toBeGreaterThan(0);
    const asked = new Set(provider.seen.map(({ path }) => path.replace(/\?.*/, '')));
    expect([...asked].sort()).toEqual(['/v1/messages', '/v1/messages/count_tokens']);
    await hive.gateway.drain(5_000);
    expect(new Set(hive.records().map(({ agent }) => agent))).toEqual(new Set([GATEWAY_SCOUT]));
  } finally {
    await hive.stop();
    await provider.close();
  }
});
