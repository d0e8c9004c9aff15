/** Pull requests on the page, with the real forge: what agents ask for is read, judged, merged, closed and changed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CODER, type ForgeRig, SCOUT, startRig } from '../../forge/testing/forge-rig.ts';
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
  dir = await mkdtemp(join(tmpdir(), 'hive-pulls-'));
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  work = await rig.makeWork('work', { 'a.txt': 'one\n', 'b.txt': 'b\n' });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
  browser = await openBrowser();
  page = browser.page;
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

/** Gives the page the forge's new facts as events, as hived does. */
async function passFacts(): Promise<void> {
  const facts = (await rig.facts()).filter(({ id }) => id > told);
  told = Math.max(told, ...facts.map(({ id }) => id));
  for (const { kind, by, repo, data } of facts) hive.emit(null, kind, { repo, by, ...data });
}

/** A commit on a branch, pushed by coder. */
async function push(branch: string, files: Readonly<Record<string, string>>, from = 'main'): Promise<void> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, from);
  for (const [file, text] of Object.entries(files)) await writeFile(join(work, file), text);
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', `change ${Object.keys(files).join(', ')}`);
  expect((await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, branch)).stderr).toBe('');
}

/** A pull request of coder's, whose branch changes these files. */
async function ask(branch: string, files: Readonly<Record<string, string>>, more: object = {}) {
  await push(branch, files);
  return (await rig.agent(CODER).call('openPull', { ...app, head: branch, title: `Merge ${branch}`, ...more })).pull;
}

const region = (name: string) => page.getByRole('region', { name });
const button = (name: string) => page.getByRole('button', { name, exact: true });

test('a pull request is found, read, judged and merged, and the page follows what others do', async () => {
  await open('/forge');
  await page.getByRole('tab', { name: 'Pull requests' }).click();
  await page.getByText('An agent pushes a branch').waitFor();
  await page.getByText('open_pr', { exact: true }).waitFor();
  const { commit } = await ask(
    'fix',
    { 'a.txt': 'two\n' },
    { body: '## Why\n\nIt was **wrong**.', reviewers: [SCOUT] },
  );
  await passFacts();
  const row = page.getByRole('list', { name: 'Pull requests' }).getByRole('link');
  await row.getByText('Merge fix').waitFor();
  await page.getByRole('tab', { name: 'Repositories' }).click();
  await page.getByRole('link', { name: '1 open pull request' }).click();
  await row.click();
  await page.getByRole('heading', { name: 'Merge fix #1', level: 1 }).waitFor();
  await page.getByRole('heading', { name: 'Why' }).waitFor();
  await region('Merge').getByText('It needs 1 approval of its newest commit and has 0.').waitFor();
  await region('Reviewers').getByText('not yet').waitFor();

  await page.getByRole('tab', { name: 'Files · 1' }).click();
  await region('Changes').getByText('two', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Commits · 1' }).click();
  await page.getByRole('list', { name: 'Commits' }).getByText('change a.txt').waitFor();
  await page.getByRole('tab', { name: 'Conversation' }).click();

  await page.getByRole('textbox', { name: 'Comment' }).fill('Say `three`.');
  await button('Request changes').click();
  const wish = page.getByRole('article', { name: 'operator asked for changes' });
  await wish.locator('code', { hasText: 'three' }).waitFor();

  // A newer commit: nothing of it is judged before it is shown.
  await push('fix', { 'a.txt': 'three\n' }, 'fix');
  await button('Approve').click();
  await page.getByRole('alert').getByText('Its newest commit is').waitFor();
  await passFacts();
  await page.getByText('There are newer commits').waitFor();
  await page
    .getByRole('alert', { name: 'There are newer commits' })
    .getByRole('button', { name: 'Show the newest commit' })
    .click();
  await button('Approve').click();
  await page.getByRole('article', { name: 'operator approved' }).waitFor();
  await wish.getByText('counts no more').waitFor();
  await region('Merge').getByText('It can be merged').waitFor();

  await page.getByRole('combobox', { name: 'How' }).selectOption('squash');
  await region('Merge').getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Merge it' }).click();
  await region('Merge').getByText('It is merged').waitFor();
  const { pull } = await rig.operator.call('describePull', { ...app, number: 1 });
  expect(pull).toMatchObject({ state: 'merged', endedBy: 'operator' });
  expect(pull.commit).not.toBe(commit);
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});

test('a line of the diff is commented on and answered, what is suggested is committed, and lines stand side by side', async () => {
  const { number } = await ask('lines', { 'a.ts': 'const one = 1;\nconst two = 2;\n', 'package-lock.json': '{}\n' });
  await open(`/forge/web/app/pulls/${number}?tab=files`);
  const changes = region('Changes');
  // Code has colours, and what a program writes is closed.
  await changes.locator('[data-kind="keyword"]').first().waitFor();
  await changes.getByRole('button', { name: /package-lock\.json added, generated/, expanded: false }).waitFor();
  await changes.getByText('const two').hover();
  await changes.getByRole('button', { name: 'Comment on line 2' }).click();
  const field = page.getByRole('textbox', { name: 'Comment on line 2' });
  await field.fill('Rather:\n```suggestion\nconst two = 1 + one;\n```');
  await page
    .getByRole('form', { name: 'Comment on line 2' })
    .getByRole('button', { name: 'Comment on line 2' })
    .click();
  const said = changes.getByRole('article', { name: 'operator commented' });
  await said.getByText('Rather:').waitFor();
  await changes.getByRole('button', { name: 'Answer' }).click();
  await page.getByRole('textbox', { name: 'Answer' }).fill('Why <b>not</b>');
  await page.getByRole('form', { name: 'Answer' }).getByRole('button', { name: 'Answer' }).click();
  await changes.getByText('Why <b>not</b>').waitFor();
  await page.getByText('Side by side', { exact: true }).click();
  await changes.getByText('Why <b>not</b>').waitFor();
  await page.getByText('Unified', { exact: true }).click();
  await changes.getByRole('button', { name: 'Commit the suggestion' }).click();
  await page.getByText('There are newer commits').waitFor();
  await button('Show the newest commit').click();
  await changes.locator('span', { hasText: '1 + one' }).first().waitFor();
  await changes.getByText('outdated').waitFor();
  await page.getByRole('tab', { name: 'Conversation' }).click();
  const talk = region('Conversation').getByRole('article', { name: 'operator commented' });
  await talk.getByText('outdated').waitFor();
  await talk.getByText('Why <b>not</b>').waitFor();
  await talk.getByRole('button', { name: 'Answer' }).click();
  await page.getByRole('textbox', { name: 'Answer' }).fill('Done.');
  await page.getByRole('form', { name: 'Answer' }).getByRole('button', { name: 'Answer' }).click();
  await talk.getByText('Done.').waitFor();
  expect(browser.complaints).toEqual([]);
});

test('a file that was viewed stays closed until it is changed again', async () => {
  const { number } = await ask('view', { 'v.txt': 'seen\n', 'w.txt': 'not seen\n' });
  await open(`/forge/web/app/pulls/${number}?tab=files`);
  const changes = region('Changes');
  await page.getByRole('checkbox', { name: 'Viewed v.txt' }).check();
  await changes.getByText('seen', { exact: true }).waitFor({ state: 'detached' });
  await page.reload();
  await changes.getByText('not seen', { exact: true }).waitFor();
  expect(await changes.getByText('seen', { exact: true }).count()).toBe(0);
  await push('view', { 'v.txt': 'seen anew\n' }, 'view');
  await page.reload();
  await changes.getByText('seen anew', { exact: true }).waitFor();
  expect(await page.getByRole('checkbox', { name: 'Viewed v.txt' }).isChecked()).toBe(false);
});

test('a branch is updated, and what was merged is taken back by another pull request', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  const { number } = await ask('late', { 'late.txt': 'late\n' });
  const url = `${rig.urlOf('operator')}/web/app.git`;
  await rig.git('-C', work, 'fetch', '-q', url, 'main');
  await rig.git('-C', work, 'checkout', '-q', '--detach', 'FETCH_HEAD');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'later');
  expect((await rig.git('-C', work, 'push', '-q', url, 'HEAD:main')).stderr).toBe('');
  await open(`/forge/web/app/pulls/${number}`);
  const merge = region('Merge');
  await merge.getByText(/^late lacks \d+ commits? of main\.$/).waitFor();
  await merge.getByRole('combobox', { name: 'Update' }).selectOption('rebase');
  await merge.getByRole('button', { name: 'Update the branch' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Update it' }).click();
  await page.getByText('There are newer commits').waitFor();
  await page.getByRole('button', { name: 'Show the newest commit' }).click();
  await merge.getByText('late lacks').waitFor({ state: 'detached' });
  await merge.getByRole('button', { name: 'Merge', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Merge it' }).click();
  await merge.getByRole('button', { name: 'Take it back with a pull request' }).click();
  await page.getByRole('heading', { name: /^Revert "Merge late"/ }).waitFor();
  await page.getByText(`revert-${number}`).first().waitFor();
  await rig.operator.call('removeRule', { ...app, pattern: 'main' });
  expect(browser.complaints).toEqual([]);
});

test('one is edited, a draft, closed and opened again, with errors beside the buttons', async () => {
  const { number } = await ask('other', { 'b.txt': 'c\n' });
  await open(`/forge/web/app/pulls/${number}`);
  await button('Edit').click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Another <b>title</b>');
  await page.getByRole('textbox', { name: 'Text' }).fill('<img src=x onerror=alert(1)>');
  await button('Save').click();
  await page.getByRole('heading', { name: `Another <b>title</b> #${number}` }).waitFor();
  await page.getByText('<img src=x onerror=alert(1)>').waitFor();
  await push('other-base', { 'x.txt': 'x\n' });
  await passFacts();
  await button('Edit').click();
  await page.getByRole('combobox', { name: 'Merge into' }).selectOption('other-base');
  await button('Save').click();
  await page.getByText('chose another base').waitFor();
  await button('Mark as a draft').click();
  await region('Merge').getByText('It is a draft: mark it as ready first.').waitFor();
  await button('Mark as ready').click();
  await button('Mark as a draft').waitFor();
  await page.getByRole('combobox', { name: 'Ask for a review' }).selectOption('manager');
  await button('Ask').click();
  await region('Reviewers').getByText('manager may not review in web/app.').waitFor();
  await page.getByRole('combobox', { name: 'Ask for a review' }).selectOption('scout');
  await button('Ask').click();
  await region('Reviewers').getByRole('link', { name: 'scout' }).waitFor();
  await button('Close').click();
  await region('Merge').getByText('Closed without a merge').waitFor();
  await ask('other', { 'b.txt': 'd\n' }).catch(() => null);
  await button('Open again').waitFor();

  // Phone: what is shown fits.
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});

test('the words that changed are marked in both layouts, not by colour alone; the switch is remembered', async () => {
  await push('words-base', { 'w.ts': 'const size = small;\nkept();\n' });
  await push('words', { 'w.ts': 'const size = large;\nkept();\n' }, 'words-base');
  const asked = { ...app, head: 'words', base: 'words-base', title: 'Words' };
  const { number } = (await rig.agent(CODER).call('openPull', asked)).pull;
  await open(`/forge/web/app/pulls/${number}?tab=files`);
  const changes = region('Changes');
  const marked = async () => [await changes.getByRole('deletion').allTextContents(), await changes.getByRole('insertion').allTextContents()]; // prettier-ignore
  await changes.getByRole('insertion').waitFor();
  expect(await marked()).toEqual([['small'], ['large']]);
  const lineBelow = await changes.getByRole('insertion').evaluate((word) => getComputedStyle(word).textDecorationLine);
  expect(lineBelow).toBe('underline');
  await page.getByText('Side by side', { exact: true }).click();
  expect(await marked()).toEqual([['small'], ['large']]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await marked()).toEqual([['small'], ['large']]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole('switch', { name: 'Mark changed words' }).uncheck();
  await changes.getByRole('insertion').waitFor({ state: 'detached' });
  await page.reload();
  await changes.getByText('kept').first().waitFor();
  expect(await marked()).toEqual([[], []]);
  await page.getByRole('switch', { name: 'Mark changed words' }).check();
  await changes.getByRole('insertion').waitFor();
});

test('of 20,000 changed lines only those in view are in the document, and the last is reached', async () => {
  // Every second line has another word: each stands there as it was, and as it is.
  const lines = (word: string) =>
    Array.from({ length: 7_000 }, (_, n) => `line ${n} of a long file\nwith ${word} words to read in it\n`).join('');
  await push('long-base', { 'long.txt': lines('some') });
  await push('long', { 'long.txt': lines('many'), 'z.txt': 'the last\n' }, 'long-base');
  const asked = { ...app, head: 'long', base: 'long-base', title: 'Long' };
  const { number } = (await rig.agent(CODER).call('openPull', asked)).pull;
  await open(`/forge/web/app/pulls/${number}?tab=files`);
  await region('Changes').getByText('line 0 of a long file').first().waitFor();
  const rendered = () => region('Changes').locator('[data-index]').count();
  expect(await rendered()).toBeLessThan(200);
  await expect
    .poll(async () => {
      await page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight }));
      return region('Changes').getByText('the last', { exact: true }).isVisible();
    })
    .toBe(true);
  expect(await rendered()).toBeLessThan(200);
  expect(await region('Changes').getByRole('insertion').allTextContents()).toContain('many');
  const head = region('Changes').getByRole('button', { name: /z\.txt/ });
  await head.click();
  await region('Changes').getByText('the last', { exact: true }).waitFor({ state: 'detached' });
  await page
    .getByRole('list', { name: 'Files' })
    .getByRole('link', { name: /z\.txt/ })
    .click();
  await region('Changes').getByText('the last', { exact: true }).waitFor();
  await region('Changes').getByText('line 0').waitFor({ state: 'detached' });
});

test('labels are made, put on a pull request, filter the list, and are text whatever they are called', async () => {
  const evil = '"><img src=x onerror=alert(1)>';
  const { number } = await ask('labeled', { 'l.txt': 'l\n' });
  await open(`/forge/web/app/pulls/${number}`);
  await region('Labels').getByRole('link', { name: 'Make labels for this repository' }).click();
  await button('New label').click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(evil);
  await button('Make it').click();
  const label = page.getByRole('listitem', { name: `Label ${evil}` });
  await label.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'What it is for' }).fill('evil <b>ones</b>');
  await button('Save').click();
  await label.getByText('evil <b>ones</b>').waitFor();
  await page.goBack();
  await region('Labels').getByRole('combobox', { name: 'Add a label' }).selectOption(evil);
  await region('Labels').getByRole('button', { name: 'Add' }).click();
  await region('Conversation').getByText(`added labels: ${evil}`).waitFor();
  await region('Labels').getByRole('link', { name: 'Labels of this repository' }).click();
  await label.getByRole('link', { name: '1 open' }).click();
  const found = page.getByRole('list', { name: 'Pull requests' }).getByRole('link');
  await found.getByText('Merge labeled').waitFor();
  expect(await found.count()).toBe(1);
  await found.getByRole('list', { name: 'Labels' }).getByText(evil).waitFor();
  await page.getByRole('combobox', { name: 'Label' }).selectOption('');
  await found.nth(1).waitFor();
  await found.getByText('Merge labeled').click();
  await region('Labels')
    .getByRole('button', { name: `Remove ${evil}` })
    .click();
  await region('Conversation').getByText(`removed labels: ${evil}`).waitFor();
  await page.goto(`${dashboard.origin}/forge/web/app/labels`);
  await label.getByRole('button', { name: 'Remove' }).click();
  await button('Remove it').click();
  await page.getByRole('heading', { name: 'No labels' }).waitFor();
  expect(browser.complaints).toEqual([]);
});

test('branch rules are set, changed and removed', async () => {
  await open('/forge');
  await page.getByRole('link', { name: 'Branch rules of web/app' }).click();
  await page.getByText('is protected without a rule').waitFor();
  await button('New rule').click();
  const dialog = page.getByRole('dialog', { name: 'New rule' });
  await dialog.getByRole('textbox', { name: 'Branches' }).fill('release/*');
  await dialog.getByRole('textbox', { name: 'Approvals needed' }).fill('2');
  await dialog.getByRole('button', { name: 'Protect' }).click();
  const rule = page.getByRole('listitem', { name: 'Rule of release/*' });
  await rule.getByText('A pull request needs 2 approvals; nobody pushes directly').waitFor();
  await rule.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('combobox', { name: 'Who pushes directly' }).selectOption('merge');
  await button('Save').click();
  await rule.getByText('whoever may merge pushes directly, too').waitFor();
  await rule.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove it' }).click();
  await page.getByRole('heading', { name: 'No rule is set' }).waitFor();
  expect((await rig.operator.call('listRules', app)).rules).toEqual([]);
});

test('checks are shown as they run, with the end of their output as text, and are run again', async () => {
  const checked = { owner: app.owner, name: 'checked' as RepoName };
  const own = await rig.makeWork('checked', { 'a.txt': 'one\n' });
  await mkdir(join(own, '.hive'));
  await writeFile(join(own, '.hive/checks.yaml'), 'checks:\n  - name: unit\n    command: make test\n');
  const git = (...argv: string[]) => rig.git('-C', own, ...argv);
  await git('add', '.');
  await git('commit', '-q', '-m', 'checks');
  await git('checkout', '-q', '-b', 'fix');
  await git('commit', '-q', '--allow-empty', '-m', 'fix');
  const url = `${rig.urlOf(CODER)}/web/checked.git`;
  for (const branch of ['main', 'fix']) expect((await git('push', '-q', url, branch)).stderr).toBe('');
  await rig.agent(CODER).call('openPull', { ...checked, head: 'fix', title: 'Merge fix' });
  const runner = holdChecks(rig);
  const job = await runner.claim();
  await open('/forge/web/checked/pulls/1');
  await region('Checks').getByText('unit: runs').click();
  await runner.report(job?.run ?? 0, '<img src=x onerror=alert(1)> is wrong\n');
  const output = page.getByLabel('Output of unit');
  await output.getByText('<img src=x onerror=alert(1)> is wrong').waitFor();
  await runner.exit(job?.run ?? 0, 3);
  await passFacts();
  await region('Checks').getByText('unit: failed').waitFor();
  await region('Checks').getByText('It ended with exit code 3').waitFor();
  await region('Merge').getByText('Required checks failed: unit.').waitFor();
  await button('Run it again').click();
  await region('Checks').getByText('unit: waits').waitFor();
  expect(await runner.claim()).toMatchObject({ commit: job?.commit });
});
