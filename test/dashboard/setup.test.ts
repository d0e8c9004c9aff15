/** Setting up from the page: agents are created, changed, destroyed, restored, one or many at once. */
import { beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { withPage } from './with-page.ts';

const given = withPage();
let { browser, page, hive, dashboard, open } = given;

beforeEach(() => {
  ({ browser, page, hive, dashboard, open } = given);
});

const agent = (name: string) => hive.data.agents.find((one) => one.name === name);
const heading = (name: string) => page.getByRole('heading', { name, level: 1 });
const field = (name: string) => page.getByRole('textbox', { name, exact: true });

test('an agent is created by keyboard from the defaults; errors are shown beside their fields', async () => {
  await open('/');
  await page.getByRole('link', { name: 'New agent' }).focus();
  await page.keyboard.press('Enter');
  await heading('New agent').waitFor();
  expect(await field('Memory (MiB)').inputValue()).toBe('2048');
  await field('Name').fill('coder');
  await page.keyboard.press('Enter');
  await page.getByText('There is an agent "coder" already.').waitFor();
  expect(await field('Name').getAttribute('aria-invalid')).toBe('true');
  await field('Name').fill('Tester!');
  await page.keyboard.press('Enter');
  await page.getByText(/a name has 1 to 32 characters/).waitFor();
  await field('Name').fill('tester');
  await field('Image').fill('missing');
  await page.keyboard.press('Enter');
  await page.getByText('The image "missing" is not on this machine.').waitFor();
  await field('Image').fill('other/image:1');
  await field('Prompt').fill('You test.\nTwice.');
  await field('Processes').fill('none');
  await page.getByText('It is a whole number above 0, not "none".').waitFor();
  expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true);
  await field('Processes').fill('128');
  await page.getByRole('combobox', { name: 'Parent' }).selectOption('coder');
  await page.getByRole('button', { name: 'Create' }).click();
  await heading('tester').waitFor();
  expect(agent('tester')).toMatchObject({
    parent: 'coder',
    desired: 'running',
    spec: { prompt: 'You test.\nTwice.', image: 'other/image:1', limits: { pids: 128, memoryMb: 2048 } },
  });
  // Chromium logs hived's error responses; there must be no other error.
  expect(browser.complaints.filter((text) => !text.includes('status of'))).toEqual([]);
});

test('a spec shows its unsaved changes and when they take effect; the agent is outdated until a rebuild', async () => {
  Object.assign(agent('scout')!.spec, { prompt: 'Look around.\nTell the manager.' });
  await open('/agents/scout');
  await page.getByRole('tab', { name: 'Spec' }).click();
  expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
  await field('Prompt').fill('Look around twice.\nTell the manager.');
  await field('Model').fill('opus');
  const changes = page.getByRole('region', { name: 'Changes' });
  await changes.getByText('− Look around.').waitFor();
  await changes.getByText('+ Look around twice.').waitFor();
  await changes.getByText('claude-sonnet-4-5 → opus').waitFor();
  expect(await changes.getByText('with its next turn').count()).toBe(2);
  expect(await changes.getByText('Tell the manager.').count()).toBe(0);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('scout’s spec is saved.').waitFor();
  await changes.waitFor({ state: 'detached' });
  expect(agent('scout')).toMatchObject({ outdated: false, spec: { model: 'opus' } });

  await field('CPU cores').fill('0.5');
  await changes.getByText('after a rebuild').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const outdated = page.getByRole('region', { name: 'Outdated' });
  await outdated.getByRole('button', { name: 'Rebuild now' }).click();
  await page.getByRole('main').getByText('Rebuilding', { exact: true }).waitFor();
  expect(agent('scout')?.spec.limits.cpus).toBe(0.5);
  await field('Role').fill('');
  await page.getByText('Role must not be empty.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  expect(await field('Role').inputValue()).toBe(agent('scout')?.spec.role);
  expect(browser.complaints).toEqual([]);
});

test('an agent is destroyed after a confirmation that lists what is deleted, and restored from its archive', async () => {
  await open('/agents/scout/spec');
  await page.getByRole('region', { name: 'End of the agent' }).getByRole('button', { name: 'Destroy…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Destroy scout?' });
  expect(await dialog.innerText()).toMatch(/mailbox[^]*gone for good[^]*archive/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(agent('scout')).toBeDefined();
  await page.getByRole('button', { name: 'Destroy…' }).click();
  await dialog.getByRole('button', { name: 'Destroy', exact: true }).click();
  await heading('Fleet').waitFor();
  expect(agent('scout')).toBeUndefined();

  await page.getByRole('link', { name: 'New agent' }).click();
  await page.getByRole('link', { name: 'from its archive' }).click();
  await page
    .getByRole('listitem', { name: /^scout-/ })
    .getByRole('button', { name: 'Restore' })
    .click();
  const restore = page.getByRole('dialog', { name: 'Restore scout' });
  await restore.getByRole('textbox', { name: 'Name' }).fill('coder');
  await restore.getByRole('button', { name: 'Restore' }).click();
  await restore.getByText('There is an agent "coder" already.').waitFor();
  await restore.getByRole('textbox', { name: 'Name' }).fill('scout-2');
  await restore.getByRole('button', { name: 'Restore' }).click();
  await heading('scout-2').waitFor();
  expect(agent('scout-2')?.spec.role).toBe('reads and searches');
});

test('files are deleted without an archive only after typing the agent’s name; the manager cannot be destroyed', async () => {
  await open('/');
  await page.getByRole('button', { name: 'Actions for manager' }).click();
  await page.getByRole('menuitem', { name: /Destroy.*cannot be destroyed/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Actions for scout' }).click();
  await page.getByRole('menuitem', { name: 'Destroy…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Destroy scout?' });
  await dialog.getByRole('checkbox', { name: /Delete its files as well/ }).check();
  const button = dialog.getByRole('button', { name: 'Destroy and delete its files' });
  expect(await button.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('scou');
  expect(await button.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('scout');
  await button.click();
  await expect.poll(() => agent('scout')).toBeUndefined();
  expect(hive.setup.archives).toEqual([]);
});

test('actions on many agents apply to the listed ones; the confirmation names running turns that will end', async () => {
  await open('/?state=working');
  await page.getByRole('button', { name: 'Act on these 2' }).click();
  await page.getByRole('menuitem', { name: /^Start None of them is stopped/ }).waitFor();
  await page.getByRole('menuitem', { name: /^Rebuild when idle/ }).click();
  await page.getByText('2 being rebuilt, the manager first; each when its turn is over.').waitFor();
  expect(hive.rebuilds).toEqual([{ agents: ['manager', 'coder'], now: false }]);
  hive.data.withoutCli.push({ name: 'coder' as AgentName, cli: 'codex' });
  await page.getByRole('button', { name: 'Act on these 2' }).click();
  await page.getByRole('menuitem', { name: /^Rebuild when idle/ }).click();
  await page
    .getByText(/^1 being rebuilt.*Not rebuilt.*: coder\. Add it on the host: hivectl toolchain add codex$/)
    .waitFor();
  await page.getByRole('button', { name: 'Act on these 2' }).click();
  await page.getByRole('menuitem', { name: /^Rebuild now/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Rebuild now 2 agents?' });
  await dialog.getByText(/Running turns end now.*manager, coder/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(hive.rebuilds.length).toBe(2);

  await page.goto(`${dashboard.origin}/`);
  await page.getByRole('button', { name: 'Act on all 7' }).click();
  await page.getByRole('menuitem', { name: /^Stop/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
  await page.getByText('6 being stopped.').waitFor();
  expect(new Set(hive.data.agents.map(({ desired }) => desired))).toEqual(new Set(['stopped']));
});
