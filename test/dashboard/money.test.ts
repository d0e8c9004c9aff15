/** Budgets and costs on the page: set, changed, lifted; who waits; what was spent. */
import { beforeEach, expect, test } from 'vitest';
import { fakeBudget } from './fake-money.ts';
import { withPage } from './with-page.ts';

const given = withPage();
let { browser, page, hive, open } = given;

beforeEach(() => {
  ({ browser, page, hive, open } = given);
});

const item = (name: string) => page.getByRole('listitem', { name });
const field = (name: string) => page.getByRole('textbox', { name, exact: true });

test('a hive without budgets says so; one is set by keyboard, and errors are shown beside their fields', async () => {
  await open('/money');
  await page.getByRole('heading', { name: 'No budgets' }).waitFor();
  await page.getByRole('button', { name: 'New budget' }).click();
  await field('For').fill('nobody');
  await field('Amount').fill('0');
  await page.getByText('A number above 0.').waitFor();
  expect(await page.getByRole('button', { name: 'Set it' }).isDisabled()).toBe(true);
  await field('Amount').fill('2.50');
  await page.keyboard.press('Enter');
  await page.getByText('There is no agent "nobody" to set a budget for.').waitFor();
  expect(await field('For').getAttribute('aria-invalid')).toBe('true');
  await field('For').fill('coder');
  await page.getByRole('combobox', { name: 'Per' }).selectOption('total');
  await page.getByRole('button', { name: 'Set it' }).click();
  await item('$2.50 in total for coder').waitFor();
  expect(hive.budgets).toMatchObject([{ scope: 'coder', unit: 'usd', per: 'total', amount: 2.5 }]);
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});

test('a budget shows what is used, whom it stopped and what was used before; raised or lifted, its agents go on', async () => {
  hive.budgets.push(
    fakeBudget({
      scope: 'coder',
      amount: 0.1,
      spent: 0.104,
      until: Date.now() + 7_200_000,
      agents: ['coder'] as never,
      stopped: ['coder'] as never,
      history: [2, 1].map((day) => ({ from: day * 86_400_000, spent: day / 20 })),
    }),
    fakeBudget({ id: 2, scope: 'hive', unit: 'tokens', per: 'hour', amount: 2_000_000, spent: 1_700_000 }),
  );
  await open('/money');
  const coder = item('$0.10 a day for coder');
  expect(await coder.innerText()).toMatch(
    /coder\s+\$0\.10 a day · begins again in (?:1 h 59 m|2 h)[^]*\$0\.10 used\s+coder waits because of it/,
  );
  expect(await coder.getByRole('list', { name: 'Earlier' }).getByRole('listitem').count()).toBe(2);
  expect(
    await item('2,000,000 tokens an hour for the hive').getByRole('progressbar').getAttribute('aria-valuenow'),
  ).toBe('85');

  await coder.getByRole('button', { name: 'Change' }).click();
  await field('Amount').fill('5');
  await page.getByRole('button', { name: 'Change it' }).click();
  await item('$5.00 a day for coder').waitFor();
  expect(hive.budgets[0]).toMatchObject({ amount: 5, stopped: [] });

  await item('$5.00 a day for coder').getByRole('button', { name: 'Lift' }).click();
  await page.getByRole('button', { name: 'Lift it' }).click();
  await item('$5.00 a day for coder').waitFor({ state: 'detached' });
  expect(hive.budgets.map(({ scope }) => scope)).toEqual(['hive']);
});

test('costs are listed by agent, role or day, the most expensive first, with their sum', async () => {
  await open('/money');
  const table = page.getByRole('table').last();
  const [first] = hive.data.agents.toSorted((a, b) => b.usage.costUsd - a.usage.costUsd);
  await table
    .getByRole('row')
    .nth(1)
    .getByText(first?.name ?? '', { exact: true })
    .waitFor();
  await table.getByText('Together').waitFor();
  await page.getByRole('combobox', { name: 'Sums' }).selectOption('role');
  await table
    .getByRole('row')
    .nth(1)
    .getByText(first?.spec.role ?? '', { exact: true })
    .waitFor();
});

test('spending by day is a chart and a table with the same figures, in dollars or tokens', async () => {
  await open('/money');
  const chart = page.getByRole('figure', { name: /^Spending on each of 30 days by agent/ });
  await chart.waitFor();
  const legend = page.getByRole('list', { name: 'Legend' });
  const named = await legend.getByRole('listitem').allInnerTexts();
  expect(named.length).toBeGreaterThan(1);
  // Something is drawn.
  const colors = () =>
    chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const found = new Set<number>();
      for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] === 255) found.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
      return found.size;
    });
  await expect.poll(colors).toBeGreaterThan(named.length);
  await page.getByText('Days are those of Europe/Berlin.').first().waitFor();
  await page.getByText('Table', { exact: true }).first().click();
  const table = page.getByRole('table', { name: 'Spending by day' });
  expect(await table.getByRole('row').count()).toBe(32);
  const foot = await table.getByRole('row').last().innerText();
  for (const one of named) expect(foot).toContain(one.split(/\s+/).at(-1));
  await page.getByText('Tokens', { exact: true }).first().click();
  await expect.poll(() => table.getByRole('row').last().innerText()).not.toContain('$');
  await page.getByText('7 days', { exact: true }).first().click();
  await expect.poll(() => table.getByRole('row').count()).toBe(9);
  expect(browser.complaints).toEqual([]);
});

test('turns by day are a chart of tokens by kind, and a table with times and cache hits, of all agents or of one', async () => {
  await open('/money');
  await page.getByRole('figure', { name: /^Tokens of turns on each of 30 days by kind/ }).waitFor();
  const kinds = await page.getByRole('list', { name: 'Kinds of tokens' }).getByRole('listitem').allInnerTexts();
  expect(kinds.map((text) => text.replace(/\s*[\d.,]+\s*[kKM]?$/, ''))).toEqual([
    'read from the cache',
    'written to the cache',
    'input',
    'output',
  ]);
  await page.getByText('Table', { exact: true }).last().click();
  const table = page.getByRole('table', { name: 'Turns by day' });
  const foot = () => table.getByRole('row').last().innerText();
  const all = await foot();
  expect(all).toContain('83 %');
  await page.getByRole('combobox', { name: 'Turns of' }).selectOption(hive.data.agents[0]?.name ?? '');
  await expect.poll(foot).not.toBe(all);
  expect(browser.complaints).toEqual([]);
});

test('a hive that called no model has no chart, and says so', async () => {
  for (const one of hive.data.agents) Object.assign(one.usage, { costUsd: 0 });
  await open('/money');
  await page.getByText('No model was called in the last 30 days.').waitFor();
  expect(await page.getByRole('figure', { name: /^Spending/ }).count()).toBe(0);
});
