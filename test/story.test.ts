import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRIVATE_NAME, type PrivateProvider, startPrivateProvider } from '../host/gateway/fixtures/private-provider.ts';
import { heard, useTool, workInBox } from './support/agents-at-work.ts';
import { openGitHost } from './support/git-host.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The whole way of a change, with the real Claude Code in boxes, checks in boxes of their own, the merge queue, and a
// mirror on a git server outside that takes pushes by a token.
const TOKEN = 'ghp_hJ4wqZ81rTn5LkXc92bVtY';
let hive: TestHive;
let server: PrivateProvider;
let outside: Awaited<ReturnType<typeof openGitHost>>;
beforeAll(async () => {
  server = await startPrivateProvider();
  outside = await openGitHost(TOKEN);
  server.answer = outside.listener;
  await outside.git('init', '-q', '--bare', '-b', 'main', join(outside.dir, 'app.git'));
  const caFile = join(outside.dir, 'ca.pem');
  await writeFile(caFile, server.caPem);
  hive = await openTestHive({
    agents: ['manager', 'scout', 'coder'],
    config: { proxy: { no_proxy: '*', ca_file: caFile } },
  });
  await hive.start();
  for (const args of [
    ['forge', 'project', 'create', 'web'],
    ['edit', 'scout', '--project', 'web=write'],
    ['edit', 'coder', '--project', 'web=write'],
    ['edit', 'manager', '--project', 'web=merge'],
  ])
    expect(await hive.hivectl(args)).toMatchObject({ code: 0 });
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await server.close();
  await outside.close();
});

const REPO = 'http://127.0.0.1:7002/web/app.git';
const repo = { owner: 'web', name: 'app' };
const use = (agent: string, tool: string, input: object) => useTool(hive, agent, [tool, input]);
const work = (agent: string, script: string) => workInBox(hive, agent, script);
const isMerged = (number: number) =>
  hive.until(
    async () => (await hive.hivectl(['pr', 'show', `web/app#${number}`])).stdout.includes('\nmerged, by'),
    `#${number} to be merged`,
  );
const checksPassed = (number: number) =>
  hive.until(
    async () => (await hive.hivectl(['pr', 'show', `web/app#${number}`])).stdout.includes('the required ones passed'),
    `the checks of #${number}`,
  );

/** Publishes web/app to the server outside, once the operator has allowed the host and given the token. */
async function publish(): Promise<void> {
  const place = `${PRIVATE_NAME}:${server.providerPort}`;
  const add = ['forge', 'mirror', 'add', 'web/app', '--push', `https://${place}/app.git`];
  const refused = await hive.hivectl(add);
  expect(refused.stderr).toContain(`hivectl egress allow hive ${place}`);
  expect(await hive.hivectl(['secret', 'set', 'GITHUB'], TOKEN)).toMatchObject({ code: 0 });
  for (const args of [
    ['egress', 'allow', 'hive', place, '--address', '127.0.0.1'],
    ['egress', 'inject', 'hive', place, '--secret', 'GITHUB', '--scheme', 'basic'],
    add,
  ])
    expect(await hive.hivectl(args)).toMatchObject({ code: 0, stderr: '' });
}

/** The newest commit of a repository's main. */
const mainOf = (gitdir: string) => outside.git(`--git-dir=${gitdir}`, 'rev-parse', 'main');

/** Two features are what the application bears: each of two pull requests may add the second one. */
const CHECK =
  'for f in features/*; do grep -q works $f || { echo "$f does not work"; exit 1; }; done; [ $(ls features | wc -l) -le 2 ] || { echo "too many features"; exit 1; }';

async function openPull(agent: string, branch: string, script: string): Promise<{ oid: string; number: number }> {
  const oid = await work(
    agent,
    `git fetch -q ${REPO} main && git checkout -qB ${branch} FETCH_HEAD && ${script} && git add . && git commit -qm ${branch} && git push -q ${REPO} ${branch}`,
  );
  const opened = await use(agent, 'open_pr', { ...repo, head: branch, title: `Add ${branch}`, reviewers: ['manager'] });
  const [, number] = /"pr":"web\/app#(\d+)"/.exec(opened) ?? [];
  if (number === undefined) throw new Error(opened);
  return { oid, number: Number(number) };
}

test('a worker mends what its checks and a judge find; the queue merges two of three, and puts out the one that breaks main with its neighbour', async () => {
  const yaml = `checks:\\n  - name: unit\\n    command: sh check.sh\\n`;
  const check = Buffer.from(CHECK).toString('base64');
  const first = await work(
    'scout',
    `git init -q -b main . && mkdir -p .hive features && printf '${yaml}' > .hive/checks.yaml && echo ${check} | base64 -d > check.sh && echo works > features/first && git add . && git commit -qm first && git push -q ${REPO} main`,
  );
  await work('coder', 'git init -q -b main . && git commit -q --allow-empty -m nothing');
  expect(await hive.hivectl(['forge', 'rule', 'set', 'web/app', 'main', '--approvals', '1', '--queue'])).toMatchObject({
    code: 0,
  });

  await publish();
  const mirror = join(outside.dir, 'app.git');
  expect(await mainOf(mirror)).toBe(first);

  // The checks fail; the worker hears it with the first lines, reads the log, and pushes again.
  const search = await openPull('scout', 'search', 'echo broken > features/search');
  await heard(hive, 'scout', `The checks of web/app#${search.number} (`);
  const runs = JSON.parse(
    (await hive.hivectl(['forge', 'check', 'ls', `web/app#${search.number}`, '--json'])).stdout,
  ) as { runs: { id: number; state: string }[] };
  const [failed] = runs.runs.filter(({ state }) => state === 'failed');
  expect(await use('scout', 'check_log', { ...repo, run: failed?.id })).toContain('features/search does not work');
  const again = (words: string) =>
    work('scout', `echo '${words}' > features/search && git commit -qam again && git push -q ${REPO} search`);
  const mended = await again('works');
  await checksPassed(search.number);

  // The judge wants changes; the worker makes them; the judge approves.
  const pr = { ...repo, number: search.number };
  const wish = { ...pr, verdict: 'request_changes', commit: mended, body: 'Say how.' };
  expect(await use('manager', 'review_pr', wish)).toContain('"noted":"request_changes"');
  await heard(hive, 'scout', `manager wants changes in web/app#${search.number}`);
  const answered = await again('works by words');
  await checksPassed(search.number);
  const approve = (number: number, commit: string) =>
    use('manager', 'review_pr', { ...repo, number, verdict: 'approve', commit });
  expect(await approve(search.number, answered)).toContain('"noted":"approve"');

  // Two more, each of which passes alone.
  const export_ = await openPull('coder', 'export', 'echo works > features/export');
  const docs = await openPull('coder', 'docs', 'echo read me > README');
  for (const { number, oid } of [export_, docs]) {
    await checksPassed(number);
    expect(await approve(number, oid)).toContain('"noted":"approve"');
  }
  expect(await use('scout', 'merge_pr', pr)).toContain('forbidden');
  for (const { number } of [search, export_, docs])
    expect(await use('manager', 'merge_pr', { ...repo, number })).toMatch(/queue/);

  await isMerged(search.number);
  await isMerged(docs.number);
  // The one that breaks main beside its neighbour is put out, and its author hears why.
  await heard(hive, 'coder', 'is no longer in the merge queue');
  const mails = (await hive.admin.call('listMessages', { of: 'coder', limit: 100 } as never)).messages;
  const [out] = mails.filter(({ body }) => body.includes('is no longer in the merge queue'));
  expect(out?.body).toContain(`web/app#${export_.number}`);
  expect(out?.body).toContain('too many features');
  expect((await hive.hivectl(['pr', 'queue', 'web/app'])).stdout).not.toContain('export');
  expect((await hive.hivectl(['pr', 'show', `web/app#${export_.number}`])).stdout).toContain('\nopen');
  // What main is now passes.
  const merged = await work(
    'coder',
    `git fetch -q ${REPO} main && git checkout -q FETCH_HEAD && sh check.sh && ls features README`,
  );
  // The mirror has what was merged, and nothing else.
  await hive.until(async () => (await mainOf(mirror)) === merged, 'the mirror to have main');
  const branches = await outside.git(`--git-dir=${mirror}`, 'branch', '--format=%(refname:short)');
  expect(branches).toBe('main');
  expect((await hive.hivectl(['egress', 'log', 'hive'])).stdout).toContain('with secret');
  const said = (await hive.events('message.sent')).map(
    ({ data }) => `${String(data['to'])}: ${String(data['preview'])}`,
  );
  expect(said.filter((line) => line.startsWith('coder') && line.includes('is merged'))).toHaveLength(1);
  expect(said.filter((line) => line.startsWith('scout') && line.includes('is merged'))).toHaveLength(1);
});
