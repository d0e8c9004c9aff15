import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { classifyAddress } from '../host/gateway/egress/classify-address.ts';
import { runPlainHost } from '../host/gateway/fixtures/run-egress.ts';
import { EGRESS_PRESETS } from '../protocol/egress.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

const run = promisify(execFile);
let hive: TestHive;
let host: Awaited<ReturnType<typeof runPlainHost>>;
beforeAll(async () => {
  host = await runPlainHost();
  // Requests are refused at once, except in the test that answers one.
  hive = await openTestHive({ agents: ['manager', 'scout'], config: { egress: { ask_ms: 0 } } });
  await hive.start();
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await host.close();
});

const place = () => `files.test:${host.port}`;
const curl = (agent: string, url: string) => hive.inBox(agent, ['curl', '-sS', '-m', '180', url]);
const connectionsOf = async (agent: string) => {
  const { stdout } = await hive.hivectl(['egress', 'log', agent, '--json']);
  return (JSON.parse(stdout) as { connections: { host: string; verdict: string; why: string; bytesDown: number }[] })
    .connections;
};

test('nothing is allowed by default: an agent is told how to ask, and its tries are recorded', async () => {
  const plain = await curl('scout', `http://${place()}/file`);
  expect(plain.output).toContain(`hivectl egress allow scout ${place()}`);
  const secure = await curl('scout', 'https://files.test/');
  expect(secure.code).not.toBe(0);
  expect(secure.output).toContain('403');
  await hive.until(async () => (await connectionsOf('scout')).length >= 2, 'the refusals to be recorded');
  for (const connection of await connectionsOf('scout'))
    expect(connection).toMatchObject({ host: 'files.test', verdict: 'refused', why: 'not_allowed', bytesDown: 0 });
  const refused = await hive.event(({ kind }) => kind === 'egress.refused');
  expect(refused).toMatchObject({ agent: 'scout', data: { host: 'files.test' } });
  expect(host.heard).toEqual([]);
});

test('a host that the operator allows is reached, by that agent alone, until the rule is removed', async () => {
  const allowed = await hive.hivectl(['egress', 'allow', 'scout', place(), '--address', '127.0.0.1', '--json']);
  const { rule } = JSON.parse(allowed.stdout) as { rule: { id: number } };
  const fetches = (agent: string) => curl(agent, `http://${place()}/file`);
  await hive.until(async () => (await fetches('scout')).output.includes('the file'), 'the rule to reach the gateway');
  expect((await fetches('manager')).output).toContain('hivectl egress allow manager');
  await hive.until(
    async () => (await connectionsOf('scout')).some(({ verdict, bytesDown }) => verdict === 'allowed' && bytesDown > 0),
    'the connection to be recorded',
  );
  await hive.hivectl(['egress', 'rm', String(rule.id)]);
  await hive.until(async () => (await fetches('scout')).output.includes('hivectl egress allow'), 'the rule to end');
});

test('a connection that is open when the gateway is killed is recorded', async () => {
  await hive.hivectl(['egress', 'allow', 'scout', place(), '--address', '127.0.0.1']);
  const open = curl('scout', `http://${place()}/open`);
  const db = new Database(join(hive.root, 'hive.db'), { readonly: true });
  onTestFinished(() => void db.close());
  const count = db.prepare('SELECT COUNT(*) FROM open_connections').pluck();
  await hive.until(async () => count.get() === 1, 'the connection to be reported');
  const { services } = await hive.admin.call('status', {});
  process.kill(services.find(({ name }) => name === 'gateway')?.pid ?? 0, 'SIGKILL');
  await open;
  await hive.until(
    async () =>
      (await connectionsOf('scout')).some(({ host: name, why }) => name === 'files.test' && why === 'gateway_ended'),
    'the connection to be recorded',
  );
  expect(count.get()).toBe(0);
  await hive.hivectl(['egress', 'deny', 'scout', place()]);
});

test('the calls of the LLM CLI to its model do not pass through the proxy', async () => {
  const { id } = await hive.admin.call('send', { to: 'manager', body: 'hello' });
  const turn = await hive.event(
    (event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id),
  );
  expect(turn.data['outcome']).toBe('done');
  // Whatever the CLI asked for would be recorded with this later refusal, or before it.
  await curl('manager', 'http://marker.test/');
  await hive.until(
    async () => (await connectionsOf('manager')).some((connection) => connection.host === 'marker.test'),
    'the refusal to be recorded',
  );
  const asked = (await connectionsOf('manager')).map((connection) => connection.host);
  expect(asked.filter((name) => name !== 'files.test')).toEqual(['marker.test']);
});

test('an agent learns what it may reach and spend from status', async () => {
  await hive.hivectl(['egress', 'allow', 'manager', 'pypi']);
  await hive.hivectl(['budget', 'set', 'hive', '--requests', '1000', '--per', 'total']);
  const { id } = await hive.admin.call('send', { to: 'manager', body: '@status {}' });
  const { data } = await hive.event(
    (event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id),
  );
  // What a turn did may come after its end.
  const result = await hive.event(
    (event) => event.kind === 'turn.tool_result' && event.agent === 'manager' && event.data['turn'] === data['turn'],
  );
  const said = JSON.stringify(result.data);
  for (const word of ['files.pythonhosted.org', '1,000 requests in total for the hive', 'left'])
    expect(said).toContain(word);
});

test('npm installs a package into the agent’s files, with the hosts of the preset allowed', async (context) => {
  const config = async (key: string) => (await run('npm', ['config', 'get', key])).stdout.trim();
  const registry = new URL(await config('registry'));
  const addresses = await lookup(registry.hostname, { all: true }).catch(() => []);
  const seen = await run('npm', ['view', 'is-number', 'version', '--fetch-retries=0']).catch(() => null);
  const [first] = addresses;
  if (first === undefined || seen === null || registry.protocol !== 'https:')
    return context.skip(`this machine reaches no npm registry directly (${registry.protocol})`);

  // The registry of the test's machine may be another one, at an address of its own network, with a private CA.
  const isPublic = addresses.every(({ address }) => classifyAddress(address, new Set()) === 'public');
  const port = registry.port === '' ? '' : `:${registry.port}`;
  const own = [`${registry.hostname}${port}`, ...(isPublic ? [] : ['--address', first.address])];
  const isOther = port !== '' || !(EGRESS_PRESETS.npm as readonly string[]).includes(registry.hostname);
  await hive.hivectl(['egress', 'allow', 'scout', 'npm']);
  if (isOther || !isPublic) await hive.hivectl(['egress', 'allow', 'scout', ...own]);

  const ca = await config('cafile');
  const trusted = join(hive.root, 'shared', 'ca.pem');
  if (ca !== 'null') await cp(ca, trusted, { dereference: true });
  if (ca !== 'null') await chmod(trusted, 0o644);
  const options = `--registry=${registry.href} ${ca === 'null' ? '' : '--cafile=/shared/ca.pem'}`;
  const install = `mkdir -p ~/probe && cd ~/probe && npm install is-number ${options} && cat node_modules/is-number/package.json`;
  const { code, output } = await hive.inBox('scout', ['bash', '-c', install]);
  expect(output).toContain('"name": "is-number"');
  expect(code).toBe(0);
  await hive.until(
    async () =>
      (await connectionsOf('scout')).some(
        ({ host: name, verdict, bytesDown }) =>
          name === registry.hostname && verdict === 'allowed' && bytesDown > 1_000,
      ),
    'the connection to the registry to be recorded',
  );
});

test('apt downloads a package into the agent’s files, with the hosts of the preset allowed', async (context) => {
  const name = EGRESS_PRESETS.debian[0];
  const addresses = await lookup(name, { all: true }).catch(() => []);
  const release = 'http://deb.debian.org/debian/dists/bookworm/InRelease';
  const seen = await run('curl', ['-sf', '-m', '20', '-o', '/dev/null', release]).catch(() => null);
  const [first] = addresses;
  if (first === undefined || seen === null) return context.skip('this machine reaches no Debian mirror directly');
  const isPublic = addresses.every(({ address }) => classifyAddress(address, new Set()) === 'public');
  await hive.hivectl(['egress', 'allow', 'scout', 'debian']);
  if (!isPublic) await hive.hivectl(['egress', 'allow', 'scout', name, '--address', first.address]);

  // As the agent's user, who is not root and whose system is read-only: apt's lists and packages are its own files. The
  // suite of updates is small, and always has some package.
  const script = `mkdir -p ~/apt/state/lists/partial ~/apt/cache/archives/partial && cd ~/apt
    echo 'deb http://${name}/debian bookworm-updates main' > sources
    own="-qq -o Dir::Etc::SourceList=$PWD/sources -o Dir::Etc::SourceParts=/dev/null -o Dir::State=$PWD/state"
    own="$own -o Dir::Cache=$PWD/cache -o Dir::State::status=/dev/null -o Acquire::Languages=none"
    apt-get $own update
    first=$(/usr/lib/apt/apt-helper $own cat-file state/lists/*_Packages* | sed -n 's/^Package: //p' | head -1)
    echo "listed: $first" && apt-get $own download "$first" && echo "downloaded: $(dpkg-deb --field *.deb Package)"`;
  const { code, output } = await hive.inBox('scout', ['bash', '-c', script]);
  const listed = /^listed: (\S+)\r?$/m.exec(output)?.[1];
  expect(listed, output).toBeDefined();
  expect(output).toContain(`downloaded: ${listed}`);
  expect(code).toBe(0);
  await hive.until(
    async () =>
      (await connectionsOf('scout')).some(
        ({ host: reached, verdict, bytesDown }) => reached === name && verdict === 'allowed' && bytesDown > 10_000,
      ),
    'the connections to the mirror to be recorded',
  );
});

test('a quota that is used up refuses its agent, also after hived and gateway were killed, until it is raised', async () => {
  const fetches = async () => (await curl('scout', `http://${place()}/file`)).output;
  const used = 'The quota of 1 kB a day of traffic for scout is used up.';
  await hive.hivectl(['egress', 'allow', 'scout', place(), '--address', '127.0.0.1']);
  await hive.hivectl(['egress', 'quota', 'scout', '1kB', '--per', 'day']);
  await hive.until(async () => (await fetches()).includes(used), 'the quota to be used up');
  const reached = await hive.event(({ kind }) => kind === 'egress.quota_reached');
  expect(reached).toMatchObject({ agent: 'scout', data: { bytes: 1_000, per: 'day' } });
  await hive.kill();
  await hive.start();
  await hive.allIdle();
  expect(await fetches()).toContain(used);
  const { stdout } = await hive.hivectl(['egress', 'ls', '--json']);
  const { traffic } = JSON.parse(stdout) as { traffic: { agent: string; used: number }[] };
  expect(traffic).toMatchObject([{ agent: 'scout', per: 'day', setFor: 'scout' }]);
  expect(traffic[0]?.used).toBeGreaterThanOrEqual(1_000);
  expect(await hive.events('egress.quota_reached')).toHaveLength(1);
  await hive.hivectl(['egress', 'quota', 'scout', '5GB', '--per', 'day']);
  await hive.until(async () => (await fetches()).includes('the file'), 'the higher quota to reach the gateway');
});

test('a request for another host waits for the operator, and goes on with the answer', async () => {
  const file = join(hive.root, 'config.yaml');
  await hive.kill();
  await writeFile(file, (await readFile(file, 'utf8')).replace('ask_ms: 0', 'ask_ms: 120000'));
  await hive.start();
  await hive.allIdle();
  const questionOf = (name: string) =>
    hive.until(async () => {
      const { stdout } = await hive.hivectl(['approvals', '--json']);
      const { approvals } = JSON.parse(stdout) as { approvals: { id: number; host: string }[] };
      return approvals.find((approval) => approval.host === name);
    }, `the question about ${name}`);

  const approved = curl('scout', 'http://approved.test/');
  await hive.hivectl(['approve', String((await questionOf('approved.test')).id)]);
  // Allowed, but the name leads nowhere.
  expect((await approved).output).toContain('There is no host approved.test');
  const refused = curl('scout', 'http://refused.test/');
  await hive.hivectl(['refuse', String((await questionOf('refused.test')).id)]);
  expect((await refused).output).toContain('The operator does not let this agent reach refused.test');
});
