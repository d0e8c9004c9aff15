/** The page's terminal in a real Chromium, on a real hive with a real box. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from '../support/test-hive.ts';
import { type OpenBrowser, openBrowser } from './open-browser.ts';

let hive: TestHive;
let browser: OpenBrowser;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager', 'scout'], config: { terminals: { grace_ms: 60_000 } } });
  await hive.start();
  await hive.allIdle();
  browser = await openBrowser();
  const { url } = await hive.admin.call('makeLink', {});
  await browser.page.goto(url);
});
afterAll(async () => {
  await browser.close();
  await hive.close();
});

const page = () => browser.page;
const origin = () => `http://127.0.0.1:${hive.port}`;
const screen = () => page().locator('.xterm-rows');
const shows = (text: string | RegExp) => screen().filter({ hasText: text }).waitFor();
const keys = () => page().getByRole('textbox', { name: 'Terminal of scout' });

async function type(text: string): Promise<void> {
  await keys().focus();
  await page().keyboard.type(text);
  await page().keyboard.press('Enter');
}

/** For a person to look at; not part of the test. */
async function keepPicture(name: string): Promise<void> {
  const dir = process.env['HIVE_TEST_PICTURES'];
  if (dir === undefined) return;
  await mkdir(dir, { recursive: true });
  await page().screenshot({ path: join(dir, `${name}.png`) });
}

async function openShell(): Promise<void> {
  await page().goto(`${origin()}/agents/scout/terminal`);
  await page().getByRole('button', { name: 'Open a shell' }).click();
  await shows('scout@agent');
}

test('type, see the output, change the size, load the page again and go on', async () => {
  await openShell();
  await page().getByText('Connected').waitFor();
  await type('id -un; echo $((6*7)) größe; printf "\\033[38;2;255;120;0mtrue colour\\033[0m \\033[44mblue\\033[0m\\n"');
  await shows('42 größe');
  await keepPicture('terminal-desktop');
  const sizeOf = async () => {
    const { terminals } = await hive.admin.call('listTerminals', {});
    return { cols: terminals[0]?.cols ?? 0, rows: terminals[0]?.rows ?? 0 };
  };
  const before = await sizeOf();
  await page().setViewportSize({ width: 900, height: 700 });
  await expect.poll(async () => (await sizeOf()).cols).toBeLessThan(before.cols);
  const { cols, rows } = await sizeOf();
  await type('stty size');
  await shows(`${rows} ${cols}`);
  await type('marker=kept; echo set-$((1+1))');
  await shows('set-2');
  await page().reload();
  await shows('42 größe');
  await type('echo is-$marker');
  await shows('is-kept');
  await type('exit');
  await page().getByText('The terminal ended: its program ended with exit code 0.').waitFor();
  expect(browser.complaints).toEqual([]);
});

test('a paste arrives in brackets, and is not run before Enter', async () => {
  await page().setViewportSize({ width: 1440, height: 900 });
  await openShell();
  await keys().focus();
  await page().evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', 'echo pasted-$((1+1))\necho second-$((2+2))\n');
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  });
  await shows('echo second-$((2+2))');
  expect(await screen().innerText()).not.toContain('pasted-2');
  await page().keyboard.press('Enter');
  await shows('pasted-2');
  await shows('second-4');
  await type('exit');
  await page().getByText('The terminal ended').waitFor();
});

test('a connection that is lost comes back, and a flood leaves the page usable', async () => {
  await openShell();
  await page().context().setOffline(true);
  await type('echo typed-while-away');
  await page().context().setOffline(false);
  await type('yes | head -n 200000; echo flood-$((40+2))');
  await shows('flood-42');
  await type('echo still-$((1+1))');
  await shows('still-2');
  await type('exit');
  await page().getByText('The terminal ended').waitFor();
});

test('a terminal that somebody else has can be watched and closed', async () => {
  const { terminal, key } = await hive.admin.call('openTerminal', {
    name: 'scout' as never,
    kind: 'shell',
    cols: 60,
    rows: 20,
  });
  await page().goto(`${origin()}/agents/scout/terminal`);
  await page().getByRole('button', { name: 'Watch' }).click();
  await hive.admin.call('typeInTerminal', {
    id: terminal.id,
    key: key ?? '',
    text: 'echo watched-$((1+2)); stty size\r',
  });
  await shows('watched-3');
  await shows('20 60');
  await page().getByText('watching only').waitFor();
  await page().getByRole('button', { name: 'Stop watching' }).click();
  await page().getByRole('button', { name: 'Close' }).click();
  await hive.event(({ kind, data }) => kind === 'terminal.closed' && data['terminal'] === terminal.id);
});

test('during a turn the conversation can be waited for: it opens when the turn is over, and no other one begins', async () => {
  await page().setViewportSize({ width: 1440, height: 900 });
  const finished = (count: number) =>
    hive.until(
      async () => (await hive.events('turn.finished')).filter(({ agent }) => agent === 'scout').length === count,
      `${count} finished turns`,
    );
  await hive.admin.call('send', { to: 'scout', body: 'a first message' });
  await finished(1);
  await hive.admin.call('send', {
    to: 'scout',
    body: '@Bash {"command":"until [ -e go ]; do sleep 0.1; done"}',
  });
  await hive.event(({ kind, agent }) => kind === 'turn.tool_call' && agent === 'scout');
  await page().goto(`${origin()}/agents/scout/terminal`);
  await page()
    .getByText(/scout is in turn \d+ now/)
    .waitFor();
  await keepPicture('terminal-during-a-turn');
  await page().getByRole('button', { name: 'Take over when the turn is over' }).click();
  await shows('A turn runs');
  await keepPicture('terminal-waits');
  await hive.admin.call('send', { to: 'scout', body: 'for later' });
  expect(await hive.inBox('scout', ['touch', '/agents/scout/state/go'])).toMatchObject({ code: 0 });
  await finished(2);
  await shows('until [ -e go ]');
  await keepPicture('terminal-took-over');
  const { agent } = await hive.admin.call('getAgent', { name: 'scout' as never });
  expect(agent).toMatchObject({ state: 'taken_over', queued: 1 });
  await page().getByRole('button', { name: 'Close' }).click();
  await page().getByText('The terminal ended: it was closed.').waitFor();
  await page().getByRole('button', { name: 'Take over the conversation' }).waitFor();
  await finished(3);
});

test('on a phone the screen fits, and there are keys that its keyboard lacks', async () => {
  await page().setViewportSize({ width: 390, height: 844 });
  await openShell();
  await type('sleep 600');
  await page().getByRole('button', { name: 'Ctrl-C' }).click();
  await shows('^C');
  await page().getByRole('button', { name: 'Up' }).click();
  await expect.poll(async () => (await screen().innerText()).split('sleep 600').length).toBe(3);
  await keepPicture('terminal-phone');
  const isTooWide = () => page().evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(await isTooWide()).toBe(false);
  await page().getByRole('button', { name: 'Close' }).click();
  await page().getByText('The terminal ended: it was closed.').waitFor();
});
