/**
 * Many tabs of one browser: Chromium allows six connections to a host, so one stream per tab would block the seventh tab.
 * Verified in a real Chromium: all tabs share one stream, and no event is lost when the tab with the stream closes.
 */
import { type Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { withPage } from './with-page.ts';

const given = withPage();
let { browser, page, hive, dashboard, open } = given;

beforeEach(() => {
  ({ browser, page, hive, dashboard, open } = given);
});

const isLive = (tab: Page) => tab.getByText('Live', { exact: true }).waitFor();
const shows = (tab: Page, text: string) => tab.getByText(text).first().waitFor();

/** Opens another tab and waits until it is live. */
async function openTab(): Promise<Page> {
  const tab = await browser.context.newPage();
  await tab.goto(`${dashboard.origin}/messages`);
  await isLive(tab);
  return tab;
}

test('eight tabs share one stream; when its tab closes another tab takes over and no event is lost', async () => {
  await open('/messages');
  const tabs: Page[] = [page];
  while (tabs.length < 8) tabs.push(await openTab());
  expect(hive.openStreams()).toBe(1);
  hive.say({ from: 'scout', to: 'operator', body: 'heard in every tab' });
  for (const tab of tabs) await shows(tab, 'heard in every tab');

  // The first tab leads. Events between two leaders are fetched by the next leader.
  await page.goto('about:blank');
  hive.say({ from: 'scout', to: 'operator', body: 'said while nobody listened' });
  const left = tabs.slice(1);
  for (const tab of left) await shows(tab, 'said while nobody listened');
  await expect.poll(() => hive.openStreams()).toBe(1);

  // Close one tab after another.
  for (let tab = left.shift(); tab !== undefined; tab = left.shift()) {
    await tab.close();
    const body = `with ${left.length} left`;
    hive.say({ from: 'scout', to: 'operator', body });
    for (const other of left) await shows(other, body);
  }
  await expect.poll(() => hive.openStreams()).toBe(0);
  expect(browser.complaints).toEqual([]);
});

test('when hived stops every tab shows it, and when hived is back every tab catches up', async () => {
  await open('/messages');
  const second = await openTab();
  await hive.stopHived();
  for (const tab of [page, second]) await shows(tab, 'The hive does not answer.');
  hive.say({ from: 'scout', to: 'operator', body: 'said while hived was away' });
  await hive.startHived();
  for (const tab of [page, second]) {
    await shows(tab, 'said while hived was away');
    await isLive(tab);
  }
  await second.close();
});
