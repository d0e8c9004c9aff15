/** The page on a phone, in a real Chromium. */
import type { Request } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { withPage } from './with-page.ts';

const given = withPage();
let { page, open } = given;

beforeEach(() => {
  ({ page, open } = given);
});

const heading = (name: string) => page.getByRole('heading', { name, level: 1 });

/**
 * Goes to a page of the open application, as a link does: to load it anew for each would take ten times the processor
 * time. Resolves when it has its heading and no answer is outstanding.
 */
async function goWithin(path: string): Promise<void> {
  const outstanding = new Set<Request>();
  const begin = (request: Request) => void (request.resourceType() === 'eventsource' || outstanding.add(request));
  const end = (request: Request) => void outstanding.delete(request);
  page.on('request', begin).on('requestfinished', end).on('requestfailed', end);
  await page.evaluate((to) => history.pushState(null, '', to), path);
  await expect
    .poll(async () => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      // What an answer leads to is drawn, and asks for more, within two frames.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      return outstanding.size;
    })
    .toBe(0);
  page.off('request', begin).off('requestfinished', end).off('requestfailed', end);
}

test('on a phone no page is wider than the screen, and the navigation works', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open('/agents/coder');
  for (const path of [
    '/',
    '/agents/coder',
    '/agents/coder/mailbox',
    '/messages',
    '/messages/101',
    '/messages/107',
    '/messages/120',
    '/messages/130',
    '/messages/150',
    '/messages/dead',
    '/messages/topics',
    '/messages?q=release',
    '/questions',
    '/agents/scout/reminders',
    '/agents/scout/spec',
    '/agents/new',
    '/gateway',
    '/providers',
    '/money',
    '/hosts',
    '/archives',
    '/forge',
    '/nowhere',
  ]) {
    await goWithin(path);
    const spare = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(spare, path).toBeLessThanOrEqual(0);
  }
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await page.getByRole('navigation', { name: 'Agents' }).getByRole('link', { name: /scout/ }).click();
  await heading('scout').waitFor();
  await page.getByRole('button', { name: 'Open navigation' }).waitFor();
});
