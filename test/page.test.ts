import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The page: real Chromium, the real dashboard process, a whole hive behind it.
let hive: TestHive;
let browser: Browser;
let page: Page;
let profile: string;
beforeAll(async () => {
  hive = await openTestHive();
  const [, dir] = await Promise.all([hive.start(), mkdtemp(join(tmpdir(), 'hv-chromium-'))]);
  profile = dir;
  browser = await chromium.launch({
    executablePath: process.env['HIVE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--crash-dumps-dir=${dir}`,
    ],
  });
  page = await browser.newPage();
});
afterAll(async () => {
  await browser?.close();
  await hive.close();
  await rm(profile, { recursive: true, force: true });
});

test('the newcomer signs in by the link, and sees two agents talk live', async () => {
  const { stdout } = await hive.hivectl(['dashboard', 'link', '--json']);
  const { url } = JSON.parse(stdout) as { url: string };
  await page.goto(url);
  await page.getByRole('heading', { name: 'Fleet', level: 1 }).waitFor();
  await page.getByText('Demo model: scripted, no key set.').waitFor();
  // No reload from here on: everything new was pushed.
  await page.getByRole('link', { name: 'scout' }).first().click();
  await page.getByRole('heading', { name: 'scout', level: 1 }).waitFor();
  await hive.hivectl(['send', 'manager', '@send {"to":"scout","body":"hello scout"}']);
  await page.getByText('hello scout', { exact: true }).first().waitFor();
  await page.getByText("I am the hive's demo model", { exact: false }).first().waitFor();

  await page.getByRole('link', { name: 'Messages' }).click();
  await page.getByRole('heading', { name: 'Messages', level: 1 }).waitFor();
  await page.getByText('hello scout').first().waitFor();
  await page.getByText('@send {"to":"scout","body":"hello scout"}').first().waitFor();
});

test('the link works once; the session survives a restart of hived, and the page recovers by itself', async () => {
  const { stdout } = await hive.hivectl(['dashboard', 'link', '--json']);
  const { url } = JSON.parse(stdout) as { url: string };
  const other = await browser.newContext();
  const first = await other.newPage();
  await first.goto(url);
  await first.getByRole('heading', { name: 'Fleet', level: 1 }).waitFor();
  const again = await (await browser.newContext()).newPage();
  const answer = await again.goto(url);
  expect(answer?.status()).toBe(410);
  await other.close();

  await hive.kill();
  await hive.start();
  await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  const { id } = await hive.admin.call('send', { to: 'scout', body: 'after the restart' });
  await hive.event((event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id));
  await page.getByRole('link', { name: 'Messages' }).click();
  await page.getByText('after the restart').first().waitFor();
});
