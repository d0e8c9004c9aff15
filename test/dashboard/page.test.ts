/**
 * The page in a real Chromium, served by the real dashboard process. fake-hive.ts takes the place of hived, because a real
 * hive reaches some states only by accident. Elements are found by role and name.
 */
import { beforeEach, expect, test } from 'vitest';
import { fakeAgent } from './fake-fleet.ts';
import { withPage } from './with-page.ts';
import type { ProviderName } from '../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

const given = withPage();
let { browser, page, hive, dashboard, open } = given;

beforeEach(() => {
  ({ browser, page, hive, dashboard, open } = given);
});

const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const heading = (name: string) => page.getByRole('heading', { name, level: 1 });

test('sign-in: a link works once and leads to the fleet; without a session the page explains how to sign in', async () => {
  const link = `${dashboard.origin}/sign-in?token=${hive.makeLink()}`;
  await page.goto(dashboard.origin);
  await heading('Sign in').waitFor();
  expect(await page.getByRole('main').innerText()).toContain('hivectl dashboard link');
  await page.goto(link);
  await heading('Fleet').waitFor();
  expect(page.url()).toBe(`${dashboard.origin}/`);
  await page.goto(link);
  await heading('This sign-in link does not work any more').waitFor();
  await page.getByRole('link', { name: 'open the dashboard' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading('Sign in').waitFor();
  await page.goto(dashboard.origin);
  await heading('Sign in').waitFor();
});

test('the fleet shows state with reason, activity, tokens, cost or "price unknown", mail', async () => {
  await open('/');
  expect(await page.title()).toBe('Fleet · Hyperhive');
  await row('manager').getByText('send: → coder: The parser test fails').waitFor();
  expect(await row('reviewer').innerText()).toMatch(
    /Rate limited\s+7 m \d+ s left[^]*The provider allows the next request later/,
  );
  expect(await row('lint-bot').innerText()).toContain('price unknown');
  expect(await row('translator').innerText()).toMatch(/Needs login[^]*2 dead/);
  await page.getByRole('region', { name: 'Demo model' }).getByText('hivectl provider set anthropic').waitFor();
  expect(await page.getByRole('list', { name: 'Health' }).getByRole('listitem').count()).toBe(4);
  expect(browser.complaints).toEqual([]);
});

test('a refused key and a missing key are shown above the fleet with the command that helps', async () => {
  await open('/');
  const notice = page.getByRole('region', { name: 'Model provider' });
  hive.setProvider({ name: ANTHROPIC, hasKey: true, refused: { status: 401, since: Date.now() } });
  await notice.getByText('anthropic refuses the key (401).').waitFor();
  await notice.getByText('npx hivectl provider set anthropic').waitFor();
  hive.setProvider({ name: 'none', hasKey: false, refused: null });
  await notice.getByText('No key is set.').waitFor();
  hive.setProvider({ name: ANTHROPIC, hasKey: true, refused: null });
  await notice.waitFor({ state: 'detached' });
  expect(await page.getByRole('region', { name: 'Demo model' }).count()).toBe(0);
  expect(browser.complaints).toEqual([]);
});

test('an empty hive explains how to create the first agent', async () => {
  hive.data.agents.length = 0;
  await open('/');
  await page.getByRole('heading', { name: 'No agents yet' }).waitFor();
  await page.getByText('hivectl create manager').waitFor();
});

test('events change the page live, without a reload', async () => {
  await open('/');
  await row('scout').getByText('Idle').waitFor();
  hive.change('scout', { state: 'working', activity: 'Read: {"file_path":"/shared/plan.md"}' });
  await row('scout').getByText('Working').waitFor();
  await row('scout').getByText('Read: /shared/plan.md').waitFor();
  hive.data.agents.push(fakeAgent('newcomer', { role: 'just made' }));
  hive.emit('newcomer', 'agent.created', { parent: 'manager', role: 'just made' });
  await row('newcomer').waitFor();
});

test('hived away: a banner is shown, and the page catches up by itself once hived is back', async () => {
  await open('/agents/coder');
  const banner = page.getByRole('status').filter({ hasText: 'The hive does not answer' });
  await hive.stopHived();
  await banner.waitFor();
  hive.emit('coder', 'turn.text', { turn: 40, text: 'said while nobody listened', truncated: false });
  await hive.startHived();
  await banner.waitFor({ state: 'detached' });
  await page.getByText('said while nobody listened').waitFor();
  hive.emit('coder', 'turn.text', { turn: 40, text: 'said afterwards', truncated: false });
  await page.getByText('said afterwards').waitFor();
  expect(await page.getByText('said while nobody listened').count()).toBe(1);
});

test('after missing many events the page refetches its data instead of replaying them', async () => {
  await open('/agents/coder');
  await page.getByText('14 tests were added').waitFor();
  await hive.stopHived();
  await page.getByRole('status').filter({ hasText: 'does not answer' }).waitFor();
  for (let i = 0; i < 2_500; i++) hive.emit('scout', 'turn.text', { turn: 50, text: `line ${i}`, truncated: false });
  hive.emit('coder', 'turn.text', { turn: 40, text: 'the newest word', truncated: false });
  await hive.startHived();
  await page.getByText('the newest word').waitFor();
  hive.emit('coder', 'turn.text', { turn: 40, text: 'and one more', truncated: false });
  await page.getByText('and one more').waitFor();
  expect(await page.getByText('the newest word').count()).toBe(1);
});

test('a transcript shows turns with their messages, expandable tool calls and outcomes; live; older ones on demand', async () => {
  await open('/agents/coder');
  const turn = page.getByRole('article', { name: 'Turn 39' });
  await turn.getByRole('link', { name: /manager #102/ }).waitFor();
  expect(await turn.innerText()).toMatch(/Done\s+17 m 24 s\s+3 tool calls\s+307\.3K tokens\s+\$0\.64/);
  const call = turn.getByRole('button', { name: /Bash npx vitest run src\/parser/ });
  await call.click();
  await turn.getByText("Cannot read properties of undefined (reading 'split')").waitFor();
  expect(await call.getAttribute('aria-expanded')).toBe('true');

  hive.emit('coder', 'turn.tool_result', { turn: 40, id: 't4', ok: true, text: '14 passed', truncated: false });
  hive.emit('coder', 'turn.finished', {
    turn: 40,
    outcome: 'done',
    reason: null,
    text: '',
    durationMs: 61_000,
    toolCalls: 1,
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      costUsd: null,
      unpricedCalls: 1,
    },
    counted: 'cli',
    messages: [106, 108],
  });
  // Only rows in view are in the document: back to the end, and up to the turn again.
  await page.getByRole('button', { name: /^Newest/ }).click();
  await page.getByRole('article', { name: 'Turn 40' }).getByText('price unknown').waitFor();
  const find = page.getByRole('textbox', { name: 'Search the transcript' });
  await find.fill('turn 39');
  await find.press('Enter');
  await expect.poll(() => call.getAttribute('aria-expanded')).toBe('true');

  expect(await page.getByRole('article', { name: 'Turn 3', exact: true }).count()).toBe(0);
  const goUp = () => page.getByRole('region', { name: 'Transcript' }).evaluate((list) => list.scrollTo({ top: 0 }));
  await goUp();
  await page.getByText('The transcript begins here').waitFor();
  // What was loaded above has not moved the view.
  await goUp();
  await page.getByRole('article', { name: 'Turn 1', exact: true }).waitFor();
});

test('a disabled action is focusable and shows its reason; an enabled action is performed', async () => {
  await open('/agents/archivist');
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  expect(await stop.getAttribute('aria-disabled')).toBe('true');
  await stop.focus();
  await page.getByRole('tooltip', { name: 'Cannot stop: it is stopped.' }).waitFor();
  await stop.click({ force: true });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('main').getByText('Idle').waitFor();
  expect(hive.data.agents.find(({ name }) => name === 'archivist')?.desired).toBe('running');
});

test('an action that ends a running turn needs confirmation', async () => {
  await open('/');
  await page.getByRole('button', { name: 'Actions for coder' }).click();
  await page.getByRole('menuitem', { name: /Start.*Cannot start: it is running already/ }).waitFor();
  await page.getByRole('menuitem', { name: 'Interrupt turn' }).click();
  await page
    .getByRole('dialog', { name: 'Interrupt the turn of coder?' })
    .getByRole('button', { name: 'Interrupt' })
    .click();
  await row('coder').getByText('Idle').waitFor();
});

test('Ctrl+Enter sends a message once; the mailbox and the thread show it with its live receipt', async () => {
  await open('/agents/scout');
  const box = page.getByRole('textbox', { name: 'Message to scout' });
  await box.fill('please look around');
  await box.press('Control+Enter');
  await page.getByText('Sent to scout.').waitFor();
  expect(await box.inputValue()).toBe('');
  await page.getByRole('tab', { name: 'Mailbox' }).click();
  const card = page.getByRole('article', { name: /from operator/ }).filter({ hasText: 'please look around' });
  await card.getByRole('link', { name: 'Thread' }).click();
  await heading('please look around').waitFor();
  await page.getByText('Waits for a turn').waitFor();
  const sent = hive.data.messages.filter(({ body }) => body === 'please look around');
  expect(sent.length).toBe(1);
  Object.assign(sent[0]?.receipts[0] ?? {}, {
    state: 'leased',
    turn: 55,
    attempts: 1,
    leasedAt: Date.now(),
    inContextAt: Date.now(),
  });
  hive.emit('scout', 'turn.started', { turn: 55, messages: [sent[0]?.id ?? 1], redelivered: [] });
  await page.getByText('Leased to turn 55').waitFor();
  await page.getByText('In context').waitFor();
  hive.say({ from: 'scout', to: 'operator', body: 'nothing to be seen', inReplyTo: sent[0]?.id });
  await page.getByText('nothing to be seen').waitFor();
});

test('unread messages are marked, and count as read once they were on the screen', async () => {
  await open('/messages');
  expect(await page.title()).toBe('(2) Messages · Hyperhive');
  await page.getByRole('listitem').filter({ hasText: 'Please get the importer ready' }).getByText('New').waitFor();
  await page.getByRole('link', { name: /Please get the importer ready/ }).click();
  const letter = page.getByRole('article', { name: 'Message 104 from manager' });
  await letter.getByText('New').waitFor();
  await letter.getByText('Read', { exact: true }).waitFor();
  await page.getByLabel('1 unread').waitFor();
  const reply = page.getByRole('textbox', { name: 'Reply to manager' });
  await reply.fill('Yes, merge it.');
  await page.getByRole('button', { name: 'Send' }).click();
  await page
    .getByRole('article', { name: /from operator/ })
    .filter({ hasText: 'Yes, merge it.' })
    .waitFor();
  expect(hive.data.messages.at(-1)).toMatchObject({ to: 'manager', inReplyTo: 104, thread: 101 });
});

test('with more than a hundred unread messages the newest is marked and read too; the rest is loaded on demand', async () => {
  for (let i = 1; i <= 120; i++) hive.say({ from: 'scout', to: 'operator', body: `report ${i} of 120` });
  const newest = hive.data.messages.at(-1);
  await open('/messages');
  await page.getByRole('listitem').filter({ hasText: 'report 120 of 120' }).getByText('New').waitFor();
  await page.getByRole('link', { name: /report 120 of 120/ }).click();
  const card = page.getByRole('article', { name: `Message ${newest?.id} from scout` });
  await card.getByText('Read', { exact: true }).waitFor();
  expect(newest?.receipts[0]?.state).toBe('done');

  await page.goto(`${dashboard.origin}/messages/inbox`);
  await page.getByText('The oldest 100 of 121').waitFor();
  await page.getByRole('button', { name: 'Load newer' }).click();
  await page.getByText('report 119 of 120', { exact: true }).waitFor();
});

test('a question of an old thread shows its state even after many newer questions', async () => {
  const [old] = hive.data.questions.filter(({ asked }) => asked === 'operator');
  for (let i = 0; i < 250; i++)
    hive.data.questions.push({ ...old!, id: 10_000 + i, thread: 10_000 + i, state: 'withdrawn', answer: null });
  Object.assign(old!, {
    state: 'answered',
    answer: { id: 9_999, from: 'operator', body: 'said long ago', at: Date.now() - 60_000 },
  });
  await open(`/messages/${old?.thread}`);
  await page.getByText(/Answered by you: said long ago/).waitFor();
});

test('the composer shows why and until when a recipient will not read soon, live', async () => {
  const note = page.getByRole('note', { name: 'Recipients' });
  await open('/agents/archivist');
  await note.getByText('archivist is stopped. What you send waits until it is started.').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await note.waitFor({ state: 'detached' });

  await page.goto(`${dashboard.origin}/agents/reviewer`);
  await note.waitFor();
  expect(await note.innerText()).toMatch(
    /reviewer is parked \(rate limited\) until .*\d\d:\d\d:\d\d.* \(\d m \d+ s\)\. What you send waits until it goes on\./,
  );
  hive.change('reviewer', { state: 'idle', reason: null, until: null, quietUntil: Date.now() + 3_600_000 });
  await note.getByText(/reviewer is not to be disturbed until/).waitFor();

  await page.goto(`${dashboard.origin}/messages`);
  await page.getByRole('button', { name: 'Write' }).click();
  await page.getByRole('combobox', { name: 'To' }).click();
  await page.getByRole('option', { name: 'Everyone' }).click();
  await note.getByText(/2 of 7 will not read it soon/).waitFor();
  expect(await note.innerText()).toMatch(
    /reviewer is not to be disturbed until .*, translator is parked \(needs login\)/,
  );
});

test('an agent is paused and resumed; its state shows all states, with the present one marked', async () => {
  await open('/agents/scout');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('button', { name: 'State: Paused. Show all states' }).click();
  const states = page.getByRole('dialog');
  await states.getByText('paused by the operator; ends with hivectl resume').waitFor();
  expect(await states.locator('[aria-current]').allInnerTexts()).toEqual(['Paused']);
  expect(await states.getByRole('listitem').filter({ hasText: 'launching' }).count()).toBe(1);
  await page.keyboard.press('Escape');
  await page.getByRole('note', { name: 'Recipients' }).getByText('scout is paused.').waitFor();
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('button', { name: 'State: Idle. Show all states' }).waitFor();
});

test('a broadcast shows the delivery state of each recipient', async () => {
  await open('/messages/105');
  await page.getByRole('button', { name: '5 recipients: 3 handled, 1 waiting, 1 given up' }).click();
  await page.getByText('three turns ended without the provider taking the key').waitFor();
});

/**
 * Vulnerability: stored XSS. Scenario: a message, a tool's output and a model's text contain markup, script links and
 * terminal sequences. Verified: all are shown as text, and no script runs.
 */
test('markup from models, tools and messages is shown as text', async () => {
  for (const path of ['/messages', '/messages/107', '/agents/coder', '/agents/scout/mailbox']) {
    await open(path);
    await page
      .getByText(/<img src=x onerror=/)
      .first()
      .waitFor();
    expect(await page.title()).toContain('Hyperhive');
    expect(await page.getByRole('main').locator('img, iframe, script, a[href^="javascript"]').count()).toBe(0);
    expect(await page.getByRole('main').innerText()).not.toContain('\u001b');
  }
  await page.goto(`${dashboard.origin}/agents/coder`);
  await page
    .getByRole('button', { name: /Bash npx vitest run/ })
    .first()
    .click();
  await page.getByText('FAIL src/parser').waitFor();
  expect(browser.complaints).toEqual([]);
});

test('the forge lists repositories with clone commands; an empty forge explains how to create one', async () => {
  await open('/forge');
  const repo = page.getByRole('listitem').filter({ hasText: 'coder/importer' });
  await repo.getByText('git clone http://127.0.0.1:7002/coder/importer').waitFor();
  await repo.getByRole('button', { name: 'Copy: npx hivectl forge git clone hive:coder/importer' }).waitFor();
  hive.data.repos.length = 0;
  hive.emit(null, 'forge.pushed', { repo: 'a/b', by: 'coder', refs: [] });
  await page.getByRole('heading', { name: 'No repositories yet' }).waitFor();
  await page.getByText('npx hivectl forge create operator/first').waitFor();
});

test('keyboard navigation: the skip link comes first, and a new page focuses its heading', async () => {
  await open('/');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  await page.getByRole('link', { name: /^Messages/ }).focus();
  await page.keyboard.press('Enter');
  await heading('Messages').waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Messages');
});

test('unknown addresses show a not-found page', async () => {
  await open('/agents/nobody');
  await page.getByRole('heading', { name: 'There is no agent of that name' }).waitFor();
  for (const path of ['/messages/99999', '/messages/x', '/nowhere']) {
    await page.goto(`${dashboard.origin}${path}`);
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor();
  }
});
