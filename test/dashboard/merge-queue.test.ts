/** Merge queues on the page, with the real forge: a place in the queue, what runs for it, and the way out. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CODER, type ForgeRig, startRig } from '../../forge/testing/forge-rig.ts';
import { until } from '../../forge/testing/until.ts';
import { holdChecks } from '../../forge/testing/use-checks.ts';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { findFreePort } from '../support/free-port.ts';
import { type FakeHive, placeSockets, startFakeHive } from './fake-hive.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';
import { type RunningDashboard, startDashboard } from './start-dashboard.ts';

const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
let dir: string;
let rig: ForgeRig;
let hive: FakeHive;
let browser: OpenBrowser;
let page: Page;
let dashboard: RunningDashboard;
let work: string;
let told = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-queue-'));
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'write' } });
  work = await rig.makeWork('work', { 'a.txt': 'one\n' });
  await push('main', '.hive/checks.yaml', 'checks:\n  - name: unit\n    command: make test\n');
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody', queue: true });
  browser = await openBrowser();
  page = browser.page;
  const { hivedSocket } = placeSockets(dir);
  hive = await startFakeHive(dir);
  dashboard = await startDashboard({ hivedSocket, forgeSocket: rig.socketOf('operator'), port: await findFreePort() });
});
afterAll(async () => {
  await browser.close();
  await dashboard.stop();
  await hive.close();
  await rig.close();
  await rm(dir, { recursive: true });
});

async function push(branch: string, file: string, text: string): Promise<void> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, 'main');
  await mkdir(join(work, '.hive'), { recursive: true });
  await writeFile(join(work, file), text);
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', `change ${file}`);
  expect((await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, branch)).stderr).toBe('');
}

/** Gives the page the forge's new facts as events, as hived does. */
async function passFacts(): Promise<void> {
  const facts = (await rig.facts()).filter(({ id }) => id > told);
  told = Math.max(told, ...facts.map(({ id }) => id));
  for (const { kind, by, repo, data } of facts) hive.emit(null, kind, { repo, by, ...data });
}

const region = (name: string) => page.getByRole('region', { name });

test('the page puts a pull request into the queue, shows its place and its checks, and takes it out', async () => {
  const hived = holdChecks(rig);
  for (const branch of ['one', 'two']) {
    await push(branch, `${branch}.txt`, branch);
    await rig.agent(CODER).call('openPull', { ...app, head: branch, title: `Merge ${branch}` });
    await hived.exit((await hived.claim())!.run, 0);
  }
  await browser.context.request.get(`${dashboard.origin}/sign-in?token=${hive.makeLink()}`);
  await page.goto(`${dashboard.origin}/forge/web/app/pulls/1`);
  await page.getByText('Live', { exact: true }).waitFor();
  await region('Merge').getByRole('button', { name: 'Put into the merge queue' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put it there' }).click();
  await region('Merge').getByText('It is being merged').waitFor();
  await rig.operator.call('mergePull', { ...app, number: 2 });
  const runs = async () => (await rig.operator.call('listQueues', app)).queues.flatMap((queue) => queue.runs);
  await until('both are tested', async () => (await runs()).length === 2);
  await passFacts();

  await region('Merge').getByRole('link', { name: 'The whole queue' }).click();
  await page.getByRole('heading', { name: 'Merge queue', level: 1 }).waitFor();
  const rows = page.getByRole('list', { name: 'Pull requests into main' }).getByRole('link');
  await rows.nth(1).getByText('Merge two #2').waitFor();
  expect(await rows.count()).toBe(2);
  await rows.nth(0).getByText('Is in the merge queue of main as number 1, and its checks run').waitFor();
  await region('Queue of main').getByText('The checks of #1 run').waitFor();

  await rows.nth(1).click();
  await page.getByRole('heading', { name: 'Merge two #2', level: 1 }).waitFor();
  await region('Merge').getByRole('button', { name: 'Take it out' }).click();
  await region('Merge').getByText('It can be merged').waitFor();
  await passFacts();
  await page.getByText('you stopped its merge', { exact: true }).waitFor();

  const job = await hived.claim();
  await hived.exit(job!.run, 0);
  const state = async () => (await rig.operator.call('describePull', { ...app, number: 1 })).pull.state;
  await until('the first is merged', async () => (await state()) === 'merged');
  await passFacts();
  await page.goto(`${dashboard.origin}/forge/web/app/queue`);
  await page.getByText('Nothing waits to be merged').waitFor();
  expect(browser.complaints).toEqual([]);
});
