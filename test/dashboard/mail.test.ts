/**
 * The pages about mail in a real Chromium with the real dashboard process: receipts, questions, threads, dead letters,
 * search, topics, reminders, files. fake-hive.ts takes the place of hived.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withPage } from './with-page.ts';

const given = withPage();
const article = (name: string | RegExp) => given.page.getByRole('article', { name });
const heading = (name: string) => given.page.getByRole('heading', { name, level: 1 });
const button = (name: string) => given.page.getByRole('button', { name, exact: true });
const message = (id: number) => given.hive.data.messages.find((one) => one.id === id);

/** The displayed steps of the delivery to a recipient. */
async function readSteps(scope: ReturnType<Page['getByRole']>, to: string): Promise<string[]> {
  const steps = scope.getByRole('list', { name: `Delivery to ${to}` }).getByRole('listitem');
  return (await steps.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').replaceAll(/\d\d:\d\d:\d\d/g, 'AT'));
}

test('receipts: all steps of a delivery with their times, steps to come, and a delivery that expired', async () => {
  await given.open('/messages/120');
  await article('Message 120 from manager').waitFor();
  expect(await readSteps(article('Message 120 from manager'), 'coder')).toEqual([
    'Stored AT',
    'Woken AT',
    'Leased to turn 38 AT',
    'In context AT',
    'Handled AT',
  ]);
  expect(await readSteps(article('Message 123 from scout'), 'manager')).toEqual([
    'Stored AT',
    'Woken AT',
    'Leased to turn 41 AT',
    'Turn is beginning',
    'In context not yet',
    'Handled not yet',
  ]);
  await article('Message 122 from coder').getByRole('button', { name: '2 recipients: 1 handled, 1 waiting' }).click();
  await article('Message 122 from coder').getByText('a copy, for information').waitFor();

  await given.page.goto(`${given.dashboard.origin}/messages/150`);
  await button('3 recipients: 1 handled, 1 expired, 1 withdrawn').click();
  expect(await readSteps(article('Message 150 from scout'), 'archivist')).toEqual(['Stored AT', 'Expired AT']);
  await given.page.getByText('dropped by the operator').waitFor();
});

test('typed messages show their kind, severity and priority', async () => {
  await given.open('/messages/120');
  await article('Message 120 from manager').getByText('Task', { exact: true }).waitFor();
  await article('Message 120 from manager').getByText('High priority').waitFor();
  await article('Message 122 from coder').getByText('Result').waitFor();
  const escalation = article('Message 123 from scout');
  await escalation.getByText('Escalation').waitFor();
  await escalation.getByText('Critical', { exact: true }).waitFor();
});

test('questions: one list, the most urgent first; answered by a choice or by free text', async () => {
  await given.open('/');
  const entry = given.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: /^Questions/ });
  await entry.getByLabel('2 open').waitFor();
  await entry.click();
  const open = given.page.getByRole('region', { name: 'Open questions' }).getByRole('article');
  await expect.poll(() => open.count()).toBe(2);
  expect(await open.first().innerText()).toMatch(/Two tests fail[^]*m(?: \d+ s)? left, then “Wait for me” is taken/);
  await open.first().getByRole('button', { name: 'Release without' }).click();
  await given.page.getByText('coder has your answer.').waitFor();
  await open.first().getByRole('textbox', { name: 'Your answer to question 140' }).fill('MIT, please.');
  await button('Answer').click();
  await heading('Questions').waitFor();
  await given.page.getByRole('heading', { name: 'No open questions' }).waitFor();
  const answers = given.hive.data.questions.slice(0, 2).map((one) => [one.id, one.state, one.answer?.body]);
  expect(answers).toEqual([
    [140, 'answered', 'MIT, please.'],
    [121, 'answered', 'Release without'],
  ]);
  await given.page
    .getByRole('region', { name: 'Closed questions' })
    .getByText(/by you: Release without/)
    .waitFor();
});

test('a question can be answered in its thread too, and a new question appears live', async () => {
  await given.open('/messages/120');
  const asked = article('Message 121 from coder');
  await asked.getByRole('button', { name: 'Fix them first' }).click();
  await asked.getByText(/Answered by you: Fix them first/).waitFor();
  await article(/from operator/)
    .getByText('Answer', { exact: true })
    .waitFor();
  expect(given.hive.data.questions.find(({ id }) => id === 121)?.answer?.body).toBe('Fix them first');

  await given.page.getByRole('link', { name: /^Questions/ }).click();
  const { id, thread, from, body, at } = given.hive.say({
    from: 'scout',
    to: 'operator',
    body: '<b>Now</b> what?',
    kind: 'question',
  });
  const base = { choices: [], deadline: null, default: null, state: 'open' as const, answer: null, asked: 'operator' };
  given.hive.data.questions.push({ ...base, id, thread, from, body, askedAt: at });
  given.hive.emit('scout', 'question.asked', { id, from, asked: 'operator', deadline: null });
  await article(`Question ${id}`).getByText('<b>Now</b> what?').waitFor();
});

test('a paused thread shows the reason and can be resumed; a closed one accepts no reply until it is opened', async () => {
  await given.open('/messages/130');
  const notice = given.page.getByRole('region', { name: 'The thread is paused' });
  await notice.getByText('near-identical messages').waitFor();
  await article('Message 132 from scout').getByText('held until you let the thread go on').waitFor();
  await button('Let it go on').click();
  await notice.waitFor({ state: 'detached' });
  await article('Message 132 from scout').getByText('Waits for a turn').waitFor();
  expect(given.hive.data.threads.has(130)).toBe(false);

  expect(await button('Open again').getAttribute('aria-disabled')).toBe('true');
  await button('Open again').hover();
  await given.page.getByRole('tooltip', { name: 'The thread is open already.' }).waitFor();
  await button('Close').click();
  await given.page.getByText('This thread is closed: replies are refused. Open it again to write here.').waitFor();
  expect(await given.page.getByRole('textbox', { name: /^Reply/ }).count()).toBe(0);
  expect(given.hive.data.threads.get(130)?.state).toBe('closed');
});

test('a long thread shows its newest messages, earlier ones on demand', async () => {
  for (let i = 1; i <= 70; i++)
    given.hive.say({ from: 'coder', to: 'manager', body: `step ${i} of 70`, inReplyTo: 120 });
  await given.open('/messages/120');
  await given.page.getByText('step 70 of 70', { exact: true }).waitFor();
  expect(await given.page.getByText('step 5 of 70', { exact: true }).count()).toBe(0);
  await button('Load earlier messages').click();
  await given.page.getByText('step 5 of 70', { exact: true }).waitFor();
  await article('Message 120 from manager').waitFor();
  expect(await button('Load earlier messages').count()).toBe(0);
});

test('dead letters: one is requeued, one edited and requeued, the rest dropped after a confirmation', async () => {
  await given.open('/messages/dead');
  const broadcast = article('Dead letter 105 to translator');
  await broadcast.getByText(/Given up after 3 attempts.*three turns ended/).waitFor();
  await broadcast.getByRole('button', { name: 'Requeue', exact: true }).click();
  await broadcast.waitFor({ state: 'detached' });
  expect(message(105)?.receipts.find(({ recipient }) => recipient === 'translator')?.state).toBe('queued');

  const task = article('Dead letter 145 to translator');
  await task.getByRole('button', { name: 'Edit and requeue' }).click();
  const dialog = given.page.getByRole('dialog', { name: /Edit #145/ });
  await dialog.getByRole('textbox', { name: 'Text' }).fill('Translate it by Monday instead.');
  await dialog.getByRole('button', { name: 'Send edited' }).click();
  await given.page.getByRole('heading', { name: 'No dead letters' }).waitFor();
  expect(given.hive.data.messages.at(-1)).toMatchObject({ to: 'translator', data: { editedFrom: 145 } });

  for (const id of [105, 145]) Object.assign(message(id)?.receipts.at(-1) ?? {}, { state: 'dead', attempts: 3 });
  given.hive.emit('translator', 'delivery.dead', { messages: [105, 145], attempts: 3, reason: 'again' });
  await button('Drop all').click();
  await given.page
    .getByRole('dialog', { name: 'Drop 2 dead letters?' })
    .getByRole('button', { name: 'Drop all' })
    .click();
  await given.page.getByText('2 dropped.').waitFor();
  expect(message(145)?.receipts[0]?.state).toBe('withdrawn');
});

test('search: highlights the matches, links to the message, loads more pages', async () => {
  for (let i = 1; i <= 30; i++) given.hive.say({ from: 'scout', to: 'manager', body: `needle number ${i} <i>x</i>` });
  await given.open('/messages');
  await given.page.getByRole('searchbox', { name: 'Search all messages' }).fill('needle numb');
  const hits = given.page.getByRole('list', { name: 'Found messages' }).getByRole('listitem');
  await expect.poll(() => hits.count()).toBe(25);
  expect(await hits.first().locator('mark').allInnerTexts()).toEqual(['needle', 'numb']);
  expect(await hits.first().innerText()).toContain('<i>x</i>');
  await button('Load older').click();
  await expect.poll(() => hits.count()).toBe(30);
  await hits.first().getByRole('link').click();
  await heading('needle number 30 <i>x</i>').waitFor();
  await given.page.goBack();
  await expect.poll(() => hits.count()).toBeGreaterThan(20);
  await given.page.getByRole('searchbox').fill('nobody wrote this');
  await given.page.getByRole('heading', { name: 'No message contains “nobody wrote this”' }).waitFor();
});

test('a question with choices and a file is sent; the downloaded file is identical', async () => {
  await given.open('/agents/scout');
  const box = given.page.getByRole('form', { name: 'Message to scout' });
  await box.getByRole('textbox', { name: 'Message to scout' }).fill('Which of these?');
  await box.getByLabel('Kind of message').selectOption('Question');
  await box.getByLabel('Priority').selectOption('High');
  await box.getByRole('combobox', { name: 'Choices' }).fill('left');
  await given.page.keyboard.press('Enter');
  await box.getByText('Give another choice').waitFor();
  expect(await box.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
  await given.page.keyboard.type('right');
  await given.page.keyboard.press('Enter');
  await box.getByLabel('Open for').selectOption('1 hour');
  // Larger than the limit of all other requests, and with every byte value.
  const content = Buffer.alloc(3 * 1024 * 1024, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  const chooser = given.page.waitForEvent('filechooser');
  await box.getByRole('button', { name: 'Attach files' }).click();
  await (await chooser).setFiles([{ name: 'map.bin', mimeType: 'application/octet-stream', buffer: content }]);
  await box.getByRole('list', { name: 'Attached files' }).getByText('map.bin').waitFor();
  await box.getByRole('button', { name: 'Send' }).click();
  await given.page.getByText('Sent to scout.').waitFor();
  const sent = given.hive.data.messages.at(-1);
  expect(sent).toMatchObject({ kind: 'question', priority: 'high', data: { choices: ['left', 'right'] } });

  await given.page.goto(`${given.dashboard.origin}/messages/${sent?.id}`);
  const download = given.page.waitForEvent('download');
  await button('Download map.bin').click();
  expect((await readFile(await (await download).path())).equals(content)).toBe(true);
});

test('a file that is too large is refused with a message before it is uploaded', async () => {
  await given.open('/agents/scout');
  const chooser = given.page.waitForEvent('filechooser');
  await button('Attach files').click();
  await (await chooser).setFiles([{ name: 'big.iso', mimeType: '', buffer: Buffer.alloc(10 * 1024 * 1024 + 1) }]);
  await given.page.getByText('big.iso is too large: an attachment has at most 10 MB.').waitFor();
  expect(given.hive.data.files.size).toBe(1);
});

test('topics: subscribers are changed, a topic is closed, a topic is created', async () => {
  await given.open('/messages');
  await given.page.getByRole('tab', { name: 'Topics' }).click();
  const releases = given.page.getByRole('listitem').filter({ hasText: '#releases' });
  await releases.getByText('archivist, coder, reviewer').waitFor();
  await releases.getByRole('button', { name: 'Close' }).click();
  await releases.getByText('Closed: takes no messages').waitFor();
  await given.page.getByRole('textbox', { name: 'Name of the new topic' }).fill('news');
  await button('Make a topic').click();
  const news = given.page.getByRole('listitem').filter({ hasText: '#news' });
  await news.getByRole('button', { name: 'Subscribers' }).click();
  const dialog = given.page.getByRole('dialog', { name: 'Subscribers of #news' });
  await dialog.getByRole('combobox', { name: 'Agents' }).click();
  await given.page.getByRole('option', { name: 'scout' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await news.getByRole('link', { name: 'scout' }).waitFor();
  expect(given.hive.data.topics.map(({ topic, open }) => [topic, open])).toEqual([
    ['#releases', false],
    ['#chatter', false],
    ['#news', true],
  ]);
});

test('reminders: outcomes, set, changed, cancelled; schedules: created, paused, cancelled', async () => {
  await given.open('/agents/scout');
  await given.page.getByRole('tab', { name: 'Reminders' }).click();
  const table = given.page.getByRole('table', { name: 'Outcomes of reminders' });
  expect(await table.getByRole('row', { name: /^30 days/ }).innerText()).toMatch(/30\s+60\s+60\s+59\s+1/);

  await button('New reminder').click();
  const dialog = given.page.getByRole('dialog', { name: 'New reminder for scout' });
  await dialog.getByRole('textbox', { name: 'Text' }).fill('look again');
  await dialog.getByRole('spinbutton', { name: 'How many' }).fill('2');
  await dialog.getByLabel('Unit of time').selectOption('hours');
  await dialog.getByRole('button', { name: 'Remind' }).click();
  const once = given.page.getByRole('region', { name: 'Reminders' }).getByRole('listitem');
  const mine = once.filter({ hasText: 'look again' });
  await mine.getByText(/in (?:1 h 5\d m|2 h)/).waitFor();

  await once.filter({ hasText: 'rate limit' }).getByRole('button', { name: 'Change' }).click();
  const changing = given.page.getByRole('dialog', { name: 'Change the reminder' });
  await changing.getByRole('textbox', { name: 'Text' }).fill('ask the vendor');
  await changing.getByRole('button', { name: 'Change' }).click();
  await once.filter({ hasText: 'ask the vendor' }).getByRole('button', { name: 'Cancel' }).click();
  await button('Cancel the reminder').click();
  await expect.poll(() => once.count()).toBe(1);

  await button('New reminder').click();
  await dialog.getByText('Again and again').click();
  await dialog.getByRole('textbox', { name: 'Text' }).fill('tidy up');
  await dialog.getByRole('textbox', { name: 'Cron line' }).fill('nonsense');
  await dialog.getByRole('button', { name: 'Schedule' }).click();
  await given.page.getByText('This cron line never fires or cannot be read.').waitFor();
  await dialog.getByRole('textbox', { name: 'Cron line' }).fill('30 6 * * *');
  await dialog.getByRole('button', { name: 'Schedule' }).click();
  const schedule = given.page.getByRole('listitem', { name: 'Schedule 30 6 * * *' });
  await schedule.getByRole('button', { name: 'Pause' }).click();
  await schedule.getByText('not run until resumed').waitFor();
  await schedule.getByRole('button', { name: 'Resume' }).click();
  await schedule.getByText(/next in/).waitFor();
  await schedule.getByRole('button', { name: 'Cancel' }).click();
  await button('Cancel the schedule').click();
  await schedule.waitFor({ state: 'detached' });
});

test('do not disturb is switched on for an hour and off again', async () => {
  await given.open('/agents/coder');
  await button('Can be disturbed').click();
  await given.page.getByRole('menuitem', { name: 'For 1 hour' }).click();
  const quiet = given.page.getByRole('button', { name: /Do not disturb: (?:5\d m|1 h)/ });
  await quiet.waitFor();
  expect(given.hive.data.agents.find(({ name }) => name === 'coder')?.quietUntil).toBeGreaterThan(Date.now());
  await quiet.click();
  await given.page.getByRole('menuitem', { name: 'End it now' }).click();
  await button('Can be disturbed').waitFor();
  expect(given.browser.complaints).toEqual([]);
});
