/** A git clone over HTTPS by a token that is in no box: the gateway adds it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRIVATE_NAME, type PrivateProvider, startPrivateProvider } from '../host/gateway/fixtures/private-provider.ts';
import { openGitHost } from './support/git-host.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

const TOKEN = 'ghp_hJ4wqZ81rTn5LkXc92bVtY';
let hive: TestHive;
let server: PrivateProvider;
let git: Awaited<ReturnType<typeof openGitHost>>;
beforeAll(async () => {
  server = await startPrivateProvider();
  git = await openGitHost(TOKEN);
  server.answer = git.listener;
  const caFile = join(git.dir, 'ca.pem');
  await writeFile(caFile, server.caPem);
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: { egress: { ask_ms: 0 }, proxy: { no_proxy: '*', ca_file: caFile } },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await server.close();
  await git.close();
});

const place = () => `${PRIVATE_NAME}:${server.providerPort}`;
const sh = (agent: string, script: string) => hive.inBox(agent, ['bash', '-c', script]);
const clone = (agent: string, into: string) => sh(agent, `git clone https://${place()}/project.git ${into} 2>&1`);

test('git clones by the token, which is nowhere in the box, until the secret is removed', async () => {
  const set = await hive.hivectl(['secret', 'set', 'GITHUB'], TOKEN);
  expect(set.code).toBe(0);
  await hive.hivectl(['egress', 'allow', 'scout', place(), '--address', '127.0.0.1']);
  await hive.hivectl(['egress', 'allow', 'manager', place(), '--address', '127.0.0.1']);
  const injected = await hive.hivectl([
    'egress',
    'inject',
    'scout',
    place(),
    '--secret',
    'GITHUB',
    '--scheme',
    'basic',
  ]);
  expect(injected.stdout).toContain('GITHUB is added to requests of scout');

  await hive.until(async () => (await clone('scout', '~/cloned')).code === 0, 'the clone by the token');
  const log = await sh('scout', 'git -C ~/cloned log --format=%s; git -C ~/cloned config remote.origin.url');
  expect(log.output).toContain('the first commit');
  // The repository keeps the URL that was typed.
  expect(log.output).toContain(`https://${place()}/project.git`);

  // Of another agent, nothing is added; TLS of the box's own reaches no password either.
  expect((await clone('manager', '~/cloned')).code).not.toBe(0);

  const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64').slice(20, 50);
  const places = '/agents /run /tmp /etc /shared /var /home /root';
  const search = `found=$(grep -rlsaF -e ${TOKEN.slice(4, 20)} -e ${encoded} ${places}); for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $f 2>/dev/null | grep -F -e ${TOKEN.slice(4, 20)} -e ${encoded}; done; echo "found:$found:"`;
  expect((await sh('scout', search)).output).toContain('found::');
  // The search does find what is there.
  await sh('scout', `echo ${encoded} > /tmp/planted`);
  expect((await sh('scout', search)).output).toContain('found:/tmp/planted:');
  const { stdout } = await hive.hivectl(['egress', 'log', 'scout', '--json']);
  expect(stdout).toContain('with_secret');
  expect(stdout).not.toContain(TOKEN);
  const events = JSON.stringify(await hive.events('egress.secret_changed'));
  expect(events).toContain('GITHUB');
  expect(events).not.toContain(TOKEN);

  await hive.hivectl(['secret', 'rm', 'GITHUB']);
  await hive.until(async () => (await clone('scout', '~/again')).code !== 0, 'the token to end');
  expect((await hive.hivectl(['egress', 'ls'])).stdout).not.toContain('GITHUB');
});

test('a new value is used at once', async () => {
  await hive.hivectl(['secret', 'set', 'GITHUB'], 'wR8-another-Zq41x');
  await hive.hivectl(['egress', 'inject', 'scout', place(), '--secret', 'GITHUB', '--scheme', 'basic']);
  await hive.until(async () => git.refused.length > 0 || (await clone('scout', '~/third')).code !== 0, 'a refusal');
  await hive.hivectl(['secret', 'set', 'GITHUB'], TOKEN);
  await hive.until(async () => (await clone('scout', '~/fourth')).code === 0, 'the new value');
  const { stderr, code } = await hive.hivectl(['egress', 'inject', 'scout', 'a.test', '--secret', 'NONE']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('There is no secret "NONE"');
});
