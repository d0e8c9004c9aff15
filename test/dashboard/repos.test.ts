/** Repositories on the page, with the real forge: files, readme, origin of lines, history and search; hostile names too. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openForgeDb } from '../../forge/store/forge-db.ts';
import { insertMirror, noteFailure } from '../../forge/store/mirrors.ts';
import { findRepository } from '../../forge/store/repositories.ts';
import { insertWebhook } from '../../forge/store/webhooks.ts';
import { CODER, type ForgeRig, startRig } from '../../forge/testing/forge-rig.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { findFreePort } from '../support/free-port.ts';
import { type FakeHive, placeSockets, startFakeHive } from './fake-hive.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';
import { type RunningDashboard, startDashboard } from './start-dashboard.ts';

const EVIL = '"><img src=x onerror=alert(1)>.svg';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>\n';
let dir: string;
let rig: ForgeRig;
let hive: FakeHive;
let browser: OpenBrowser;
let page: Page;
let dashboard: RunningDashboard;
const alerts: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-repos-'));
  rig = await startRig();
  const work = await rig.makeWork('work', { 'README.md': '# The app\n\n<img src=x onerror=alert(3)>\n' });
  await mkdir(join(work, 'src'));
  await writeFile(join(work, 'src/main.ts'), 'const needle = 1;\nexport default needle;\n');
  await writeFile(join(work, EVIL), SVG);
  await writeFile(join(work, 'long.txt'), Array.from({ length: 15_000 }, (_, at) => `line ${at + 1}\n`).join(''));
  const commit = async (message: string) => {
    await rig.git('-C', work, 'add', '.');
    await rig.git('-C', work, 'commit', '-q', '-m', message);
  };
  await commit('<script>alert(4)</script>');
  await writeFile(join(work, 'src/main.ts'), 'const needle = 2;\nexport default needle;\n');
  await commit('needle is two');
  await rig.git('-C', work, 'checkout', '-q', '-b', 'fix');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'fix');
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/coder/app.git`, 'main', 'fix');
  browser = await openBrowser();
  page = browser.page;
  page.on('dialog', (dialog) => {
    alerts.push(dialog.message());
    void dialog.dismiss();
  });
  const { hivedSocket } = placeSockets(dir);
  dashboard = await startDashboard({ hivedSocket, forgeSocket: rig.socketOf('operator'), port: await findFreePort() });
});
afterAll(async () => {
  await browser.close();
  await dashboard.stop();
  await rig.close();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  hive = await startFakeHive(dir);
  browser.complaints.length = 0;
});
afterEach(async () => {
  await page.goto('about:blank');
  await page.setViewportSize({ width: 1440, height: 900 });
  await hive.close();
});

async function open(path: string): Promise<void> {
  await browser.context.request.get(`${dashboard.origin}/sign-in?token=${hive.makeLink()}`);
  await page.goto(`${dashboard.origin}${path}`);
  await page.getByText('Live', { exact: true }).waitFor();
}

const files = () => page.getByRole('list', { name: 'Files' });
const text = (path: string) => page.getByRole('region', { name: `Text of ${path}` });

test('a repository is read: files, readme, a file in colours, who wrote its lines, its history, and a search', async () => {
  await open('/forge');
  await page.getByRole('link', { name: 'coder/app', exact: true }).click();
  await page.getByRole('heading', { name: 'coder/app', level: 1 }).waitFor();
  await page.getByRole('heading', { name: 'The app' }).waitFor();
  await files().getByRole('link', { name: 'src', exact: true }).click();
  await files().getByRole('link', { name: 'main.ts' }).click();
  await text('src/main.ts').locator('[data-kind="keyword"]', { hasText: 'const' }).waitFor();
  await page.getByRole('tab', { name: 'Origin of lines' }).click();
  await text('src/main.ts').getByText('needle is two').waitFor();
  await text('src/main.ts').getByText('<script>alert(4)</script>').waitFor();
  await page.getByRole('tab', { name: 'History' }).click();
  const commits = page.getByRole('list', { name: 'Commits' });
  await commits.getByText('needle is two').waitFor();
  // As it was with the commit before.
  await commits.getByRole('link', { name: '<script>alert(4)</script>' }).click();
  await files().getByRole('link', { name: 'src', exact: true }).click();
  await files().getByRole('link', { name: 'main.ts' }).click();
  await text('src/main.ts').getByText('1', { exact: true }).last().waitFor();
  await page.getByRole('searchbox', { name: 'Search in files' }).fill('NEEDLE =');
  await page.keyboard.press('Enter');
  const hit = page.getByRole('region', { name: 'src/main.ts' }).getByRole('link').last();
  await hit.getByText('needle =').waitFor();
  await hit.click();
  await text('src/main.ts').locator('[data-marked]').waitFor();
  await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'app' }).click();
  await files().waitFor();
  await page.getByRole('button', { name: 'New pull request' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Branch' }).selectOption('fix');
  await dialog.getByRole('combobox', { name: 'Into' }).selectOption('main');
  await dialog.getByRole('textbox', { name: 'Title' }).fill('A fix');
  await dialog.getByRole('button', { name: 'Open it' }).click();
  await page.getByRole('heading', { name: 'A fix #1' }).waitFor();
  expect(browser.complaints).toEqual([]);
});

test('names, messages and files that are markup are text, and nothing of them runs', async () => {
  await open('/forge/coder/app');
  await files().getByRole('link', { name: EVIL }).click();
  await text(EVIL).getByText('alert(2)').waitFor();
  await page.getByRole('tab', { name: 'Origin of lines' }).click();
  await text(EVIL).getByText('<script>alert(4)</script>').waitFor();
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByRole('list', { name: 'Commits' }).getByText('<script>alert(4)</script>').waitFor();
  await page.getByRole('searchbox', { name: 'Search in files' }).fill('onload');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: EVIL }).waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(alerts).toEqual([]);
  expect(browser.complaints).toEqual([]);
});

test('of a long file only the lines in view are in the document, and a link leads to its line; a phone shows it all', async () => {
  await open('/forge/coder/app?view=file&path=long.txt&line=14000');
  await text('long.txt').getByText('line 14000', { exact: true }).waitFor();
  expect(await text('long.txt').locator('[data-index]').count()).toBeLessThan(300);
  for (const path of ['?', '?view=file&path=src/main.ts', '?view=blame&path=src/main.ts', '?view=history']) {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(`/forge/coder/app${path}`);
    await page.getByRole('searchbox', { name: 'Search in files' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  }
  await open('/forge/coder/app?path=none');
  await page.getByText('There is no none at the commit').waitFor();
  expect(browser.complaints.filter((one) => !one.includes('status of'))).toEqual([]);
});

test('a repository shows its mirrors and webhooks with why they fail, and tries a mirror now', async () => {
  const db = openForgeDb(join(rig.dir, 'root/forge.db'), null);
  const { id: repositoryId } = findRepository(db, 'coder' as RepoOwner, 'app' as RepoName)!;
  const LATER = Date.now() + 3_600_000;
  const url = 'https://git.test/o/app';
  const mirror = insertMirror(
    db,
    { repositoryId, direction: 'push', url, everyMs: null, branches: [], isForced: false },
    LATER,
  );
  noteFailure(db, mirror, {
    at: Date.now(),
    dueAt: LATER,
    error: `<img src=x onerror=alert(9)> is there`,
    isTold: true,
  });
  insertWebhook(db, {
    repositoryId,
    url: 'https://ci.test/hook',
    events: ['push'],
    secret: 'not-shown',
    at: Date.now(),
  });
  db.close();
  await open('/forge/coder/app');
  const item = page.getByRole('listitem', { name: `Published to ${url}` });
  await item.getByText('<img src=x onerror=alert(9)> is there').waitFor();
  await page.getByRole('listitem', { name: 'Calls https://ci.test/hook' }).getByText('push').waitFor();
  expect(await page.content()).not.toContain('not-shown');
  await item.getByRole('button', { name: 'Try now' }).click();
  // There is no gateway here: what it says then is the failure of the new try.
  await item.getByText('git could not use https://git.test/o/app').waitFor();
  expect(alerts).toEqual([]);
});
