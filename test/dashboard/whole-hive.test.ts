/**
 * The page with a complete hive: boxes and the scripted model. These tests prove what fake-hive.ts cannot: that hived
 * implements the operations as the page expects them.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from '../support/test-hive.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';

let hive: TestHive;
let browser: OpenBrowser;

beforeAll(async () => {
  hive = await openTestHive();
  await hive.start();
  browser = await openBrowser();
  const { stdout } = await hive.hivectl(['dashboard', 'link', '--json']);
  await browser.page.goto((JSON.parse(stdout) as { url: string }).url);
  await browser.page.getByText('Live', { exact: true }).waitFor();
});

afterAll(async () => {
  await browser?.close();
  await hive.close();
});

test('a question of an agent is answered from the page, and the answer wakes the asker', async () => {
  const { page } = browser;
  const question = { to: 'operator', kind: 'question', body: 'Merge it?', choices: ['yes', 'no'] };
  await hive.hivectl(['send', 'manager', `@send ${JSON.stringify(question)}`]);
  const entry = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: /^Questions/ });
  await entry.getByLabel('1 open').waitFor();
  await entry.click();
  await page.getByRole('button', { name: 'yes', exact: true }).click();
  await page.getByText('manager has your answer.').waitFor();
  await page.getByRole('region', { name: 'Closed questions' }).getByText('Answered by you: yes').waitFor();
  await page.getByRole('link', { name: /^Thread of/ }).click();
  const answer = page.getByRole('article', { name: /from operator/ }).filter({ hasText: 'Answer' });
  const steps = answer.getByRole('list', { name: 'Delivery to manager' });
  await steps.getByText('Handled', { exact: true }).waitFor();
  await expect.poll(() => steps.getByText('not yet').count()).toBe(0);
  for (const step of ['Stored', 'Woken', /Leased to turn \d+/, 'In context']) await steps.getByText(step).waitFor();
});

test('the largest file is sent with a message, the message is found by search, and the download is identical', async () => {
  const { page } = browser;
  const content = Buffer.alloc(10 * 1024 * 1024, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  await page.getByRole('link', { name: 'scout' }).first().click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Attach files' }).click();
  await (await chooser).setFiles([{ name: 'whole.bin', mimeType: 'application/octet-stream', buffer: content }]);
  await page.getByRole('list', { name: 'Attached files' }).getByText('whole.bin').waitFor();
  await page.getByRole('textbox', { name: 'Message to scout' }).fill('an unusual tapestry');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Sent to scout.').waitFor();

  await page.getByRole('link', { name: /^Messages/ }).click();
  await page.getByRole('searchbox', { name: 'Search all messages' }).fill('TAPES');
  const hit = page.getByRole('list', { name: 'Found messages' }).getByRole('link').last();
  expect(await hit.locator('mark').innerText()).toBe('tapes');
  await hit.click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download whole.bin' }).click();
  expect((await readFile(await (await download).path())).equals(content)).toBe(true);
});

test('a thread is closed and opened, a schedule is created and paused, do not disturb is set', async () => {
  const { page } = browser;
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByText('This thread is closed: replies are refused.').waitFor();
  await page.getByRole('button', { name: 'Open again' }).click();
  await page.getByRole('textbox', { name: 'Reply to scout' }).waitFor();

  await page.getByRole('link', { name: 'scout' }).first().click();
  await page.getByRole('tab', { name: 'Reminders' }).click();
  await page.getByRole('button', { name: 'New reminder' }).click();
  const dialog = page.getByRole('dialog', { name: 'New reminder for scout' });
  await dialog.getByText('Again and again').click();
  await dialog.getByRole('textbox', { name: 'Text' }).fill('tidy up');
  await dialog.getByRole('button', { name: 'Schedule' }).click();
  const schedule = page.getByRole('listitem', { name: 'Schedule 0 9 * * 1-5' });
  await schedule.getByRole('button', { name: 'Pause' }).click();
  await schedule.getByText('not run until resumed').waitFor();
  await page.getByRole('button', { name: 'Can be disturbed' }).click();
  await page.getByRole('menuitem', { name: 'For 1 hour' }).click();
  await page.getByRole('button', { name: /^Do not disturb/ }).waitFor();
  expect(browser.complaints).toEqual([]);
});

test('an agent is created, changed, rebuilt, destroyed and restored from the page', async () => {
  const { page } = browser;
  const view = async (name: string) => (await hive.admin.call('getAgent', { name })).agent;
  const field = (name: string) => page.getByRole('textbox', { name, exact: true });
  const state = (name: string) => page.getByRole('main').getByText(name, { exact: true }).first();
  await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  await page.getByRole('link', { name: 'New agent' }).click();
  await field('Name').fill('maker');
  await field('Memory (MiB)').fill('600');
  await field('/tmp (MiB)').fill('500');
  await page.getByRole('button', { name: 'Create' }).click();
  // hived's error is shown beside its field.
  await page.getByText(/\/tmp counts as memory/).waitFor();
  expect(await field('/tmp (MiB)').getAttribute('aria-invalid')).toBe('true');
  await field('/tmp (MiB)').fill('64');
  await field('Prompt').fill('Make things.');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'maker', level: 1 }).waitFor();
  await state('Idle').waitFor();

  await page.getByRole('tab', { name: 'Spec' }).click();
  await field('Prompt').fill('Make two things.');
  // What is typed while hived answers a save stays typed.
  const answer = await holdAnswer(page, 'PUT');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await answer.isHeld;
  await field('Processes').fill('300');
  answer.release();
  await page.getByText('maker’s spec is saved.').waitFor();
  expect(await view('maker')).toMatchObject({ outdated: false, generation: 1, spec: { prompt: 'Make two things.' } });
  await page.getByRole('button', { name: 'Save and rebuild' }).click();
  const isRebuilt = async () => {
    const { generation, outdated, state: now, spec } = await view('maker');
    return generation === 2 && !outdated && now === 'idle' && spec.limits.pids === 300;
  };
  await hive.until(isRebuilt, 'maker to be rebuilt with its new limit');

  await page.getByRole('button', { name: 'Destroy…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Destroy', exact: true }).click();
  await expect.poll(async () => (await hive.admin.call('listArchives', {})).archives.length).toBe(1);
  await page.getByRole('link', { name: 'New agent' }).click();
  await page.getByRole('link', { name: 'from its archive' }).click();
  await page.getByRole('button', { name: 'Restore' }).click();
  const dialog = page.getByRole('dialog', { name: 'Restore maker' });
  await dialog.getByRole('checkbox', { name: 'Start it' }).uncheck();
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await page.getByRole('heading', { name: 'maker', level: 1 }).waitFor();
  expect(await view('maker')).toMatchObject({ desired: 'stopped', spec: { prompt: 'Make two things.' } });
});

test('what is typed while a message is being sent is the next message', async () => {
  const { page } = browser;
  await page.getByRole('link', { name: 'scout' }).first().click();
  const box = page.getByRole('textbox', { name: 'Message to scout' });
  await box.fill('The first.');
  const answer = await holdAnswer(page, 'POST');
  await page.getByRole('button', { name: 'Send' }).click();
  await answer.isHeld;
  await box.fill('The second.');
  answer.release();
  await page.getByText('Sent to scout.').waitFor();
  expect(await box.inputValue()).toBe('The second.');
});

test('an open call is shown on the page and by hivectl while the model answers, and no longer when its turn is interrupted', async () => {
  const { page } = browser;
  await page.getByRole('link', { name: 'Gateway', exact: true }).click();
  await hive.hivectl(['send', 'manager', '@demo {"sleepMs":60000}']);
  const row = page.getByRole('table', { name: 'Open calls' }).getByRole('row').filter({ hasText: 'manager' });
  // Its CLI may make a small call of its own beside it.
  await row
    .first()
    .getByText(/^demo\//)
    .waitFor();
  const { stdout } = await hive.hivectl(['gateway', '--json']);
  const { service, now } = JSON.parse(stdout) as { service: object; now: { calls: unknown[]; held: unknown[] } };
  expect(service).toMatchObject({ name: 'gateway', state: 'running' });
  expect(now.calls).toContainEqual(expect.objectContaining({ agent: 'manager', provider: 'demo' }));
  expect(now.held).toEqual([]);
  await hive.hivectl(['interrupt', 'manager', '--drop']);
  await expect.poll(() => row.count()).toBe(0);
});

test('a key is set and removed from the page; the dashboard may not choose the program in a box', async () => {
  const { page } = browser;
  const item = page.getByRole('listitem', { name: 'anthropic', exact: true });
  await page.getByRole('link', { name: 'Gateway', exact: true }).click();
  await item.getByRole('button', { name: 'Set a key' }).click();
  await page.getByRole('dialog').getByLabel('Key', { exact: true }).fill('a-key-that-nobody-takes');
  await page.keyboard.press('Enter');
  await item.getByRole('listitem', { name: 'main' }).waitFor();
  expect(JSON.stringify(await hive.events())).not.toContain('a-key-that-nobody-takes');
  await item.getByRole('button', { name: 'Remove the key main' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the key' }).click();
  await item.getByText('No key').waitFor();
  await page.getByRole('button', { name: 'Use the demo model' }).click();
  await page.getByText('Answers from a script: no model thinks').waitFor();
  const refused = await page.evaluate(async () => {
    const body = JSON.stringify({ spec: { driver: 'claude' } });
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/api/agents/maker/spec', { method: 'PUT', body, headers })).status;
  });
  expect(refused).toBe(403);
});

/** Lets the next call of `method` reach hived and holds its answer back until `release` is called. */
async function holdAnswer(page: Page, method: string): Promise<{ isHeld: Promise<void>; release: () => void }> {
  let isTaken = false;
  let hold = (): void => {};
  let release = (): void => {};
  const isHeld = new Promise<void>((resolve) => (hold = resolve));
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  const pattern = '**/api/**';
  await page.route(pattern, async (route) => {
    if (isTaken || route.request().method() !== method) return await route.fallback();
    isTaken = true;
    const response = await route.fetch();
    hold();
    await isReleased;
    await route.fulfill({ response });
    await page.unroute(pattern);
  });
  return { isHeld, release };
}
