/** A fleet of thirty agents in a real Chromium: filter, sorting and the sidebar. */
import { beforeEach, expect, test } from 'vitest';
import { fakeLargeFleet } from './fake-fleet.ts';
import { withPage } from './with-page.ts';

const given = withPage();
let { page, hive, open } = given;

beforeEach(() => {
  ({ page, hive, open } = given);
  hive.data.agents.splice(0, hive.data.agents.length, ...fakeLargeFleet(30, Date.now()));
});

const worker = (number: string) => `importer-frontend-worker-${number}`;
const rows = () => page.getByRole('table').getByRole('row').getByRole('link');
const sidebar = () => page.getByRole('navigation', { name: 'Agents' });
const chip = (name: string | RegExp) =>
  page.getByRole('group', { name: 'State' }).getByRole('button', { name, exact: true });

test('the fleet is filtered by state with counts and by name, and sorted; the address keeps the filter', async () => {
  await open('/');
  await expect.poll(() => rows().count()).toBe(30);
  await chip('Need you 5').click();
  await expect.poll(() => rows().count()).toBe(5);
  await chip('Idle 10').click();
  await expect.poll(() => rows().count()).toBe(10);
  expect(await chip('Idle 10').getAttribute('aria-pressed')).toBe('true');
  await page.getByRole('searchbox', { name: 'Name or role' }).fill('worker-2');
  await expect.poll(() => rows().allInnerTexts()).toEqual([worker('23'), worker('25'), worker('29')]);
  await page.reload();
  await expect.poll(() => rows().count()).toBe(3);
  hive.change(worker('23'), { state: 'working' });
  await chip('Idle 9').waitFor();
  await expect.poll(() => rows().count()).toBe(2);

  await page.getByRole('searchbox', { name: 'Name or role' }).fill('nobody');
  await page.getByRole('button', { name: 'Show all 30' }).click();
  await page.getByLabel('Sort by').selectOption('By state');
  await expect.poll(async () => (await rows().allInnerTexts())[0]).toBe(worker('06'));
  hive.change(worker('01'), { queued: 50 });
  hive.change(worker('02'), { usage: { ...hive.data.agents[1]!.usage, costUsd: 99 } });
  await page.getByLabel('Sort by').selectOption('By cost');
  await expect.poll(async () => (await rows().allInnerTexts())[0]).toBe(worker('02'));
  await page.getByLabel('Sort by').selectOption('By mail');
  await expect.poll(async () => (await rows().allInnerTexts())[5]).toBe(worker('01'));
});

test('a row shows the agent’s note as text', async () => {
  await open('/');
  hive.change(worker('01'), { note: 'reads <b>books</b>' });
  await page
    .getByRole('row')
    .filter({ hasText: worker('01') })
    .getByText('reads <b>books</b>')
    .waitFor();
});

test('the sidebar lists failed, working, then other agents with full names; stopped ones are collapsed', async () => {
  await open('/');
  const links = sidebar().getByRole('link');
  await expect.poll(() => links.count()).toBe(25);
  const texts = await links.allInnerTexts();
  expect(texts.slice(0, 5).every((text) => text.includes('Failed'))).toBe(true);
  expect(texts.slice(10, 15).every((text) => text.includes('Working'))).toBe(true);
  // No name is cut off: these names differ only at their ends.
  const cut = await links
    .locator('span[title]')
    .evaluateAll((all) =>
      all.filter((one) => one.scrollWidth > one.clientWidth + 1 || getComputedStyle(one).textOverflow === 'ellipsis'),
    );
  expect(cut).toEqual([]);
  const fold = sidebar().getByRole('button', { name: '5 stopped' });
  expect(await fold.getAttribute('aria-expanded')).toBe('false');
  await fold.click();
  await expect.poll(() => links.count()).toBe(30);
  await links.filter({ hasText: worker('03') }).click();
  await page.getByRole('heading', { name: worker('03'), level: 1 }).waitFor();
  await fold.click();
  await expect.poll(() => links.count()).toBe(26);
});

test('the sidebar keeps its order while the pointer is in it, and reorders when the pointer leaves', async () => {
  await open('/');
  const first = sidebar().getByRole('link').first();
  await first.getByText(worker('06')).waitFor();
  await first.hover();
  hive.change(worker('01'), { state: 'unreachable' });
  hive.change(worker('05'), { state: 'failed' });
  await sidebar()
    .getByRole('link', { name: /worker-05 Failed/ })
    .waitFor();
  expect(await first.innerText()).toContain(worker('06'));
  await page.mouse.move(900, 600);
  await first.getByText(worker('05')).waitFor();
});
