import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type FakeHive, placeSockets, startFakeHive } from './fake-hive.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';
import { findFreePort } from '../support/free-port.ts';
import { type RunningDashboard, startDashboard } from './start-dashboard.ts';

/**
 * The fixtures of a page test. Each test has its own hive. The tests of a file share the browser and the dashboard: the
 * browser keeps the page's compiled scripts for an address, and loads the page in a fraction of the time.
 */
export interface WithPage {
  browser: OpenBrowser;
  page: Page;
  hive: FakeHive;
  dashboard: RunningDashboard;
  /** Signs in and opens a path; resolves when the page is live. */
  open(path: string): Promise<void>;
}

/** Registers the hooks that create the fixtures. The returned object is filled before each test. */
export function withPage(): WithPage {
  let dir: string;
  const it = {
    async open(path: string) {
      // Signed in by a request of the page's own cookie jar: following the link in the page would load it twice.
      await it.browser.context.request.get(`${it.dashboard.origin}/sign-in?token=${it.hive.makeLink()}`);
      await it.page.goto(`${it.dashboard.origin}${path}`);
      await it.page.getByText('Live', { exact: true }).waitFor();
    },
  } as WithPage;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hive-page-'));
    it.browser = await openBrowser();
    it.page = it.browser.page;
    const sockets = placeSockets(dir);
    it.dashboard = await startDashboard({ ...sockets, port: await findFreePort() });
  });
  afterAll(async () => {
    await it.browser.close();
    await it.dashboard.stop();
    await rm(dir, { recursive: true });
  });

  beforeEach(async () => {
    it.hive = await startFakeHive(dir);
    it.browser.complaints.length = 0;
  });

  afterEach(async () => {
    for (const other of it.browser.context.pages()) if (other !== it.page) await other.close();
    await emptyStorage(it.page);
    await it.page.goto('about:blank');
    await it.browser.context.clearCookies();
    await it.page.setViewportSize({ width: 1440, height: 900 });
    await it.hive.close();
  });
  return it;
}

/** What a page keeps in the browser would be there for the next test. */
async function emptyStorage(page: Page): Promise<void> {
  if (page.url() === 'about:blank') return;
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
}
