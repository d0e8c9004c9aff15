/** Long transcripts in a real Chromium: what is in the document, where links and searches lead, what moves the reader. */
import { beforeEach, expect, test } from 'vitest';
import { longTranscript } from './fake-transcript.ts';
import { withPage } from './with-page.ts';

const given = withPage();
let { browser, page, hive, open } = given;

beforeEach(() => {
  ({ browser, page, hive, open } = given);
});

/** Turns of eleven events each: more than 10,000 events. */
const TURNS = 910;
/** More rows than fit into the view, with those beyond it. */
const MOST_ROWS = 80;

const transcript = () => page.getByRole('region', { name: 'Transcript' });
const turn = (number: number) => page.getByRole('article', { name: `Turn ${number}`, exact: true });
const find = () => page.getByRole('textbox', { name: 'Search the transcript' });
const rows = () => transcript().locator('[data-index]').count();
const say = (text: string) => hive.emit('scout', 'turn.text', { turn: TURNS + 1, text, truncated: false });

function fill(turns = TURNS): void {
  hive.data.events.push(...longTranscript('scout', turns, { seq: 1_000, now: Date.now() }));
}

/** The distance of an element's top from the top of the transcript's view. */
async function heightOf(element: ReturnType<typeof turn>): Promise<number> {
  const [own, view] = await Promise.all([element.boundingBox(), transcript().boundingBox()]);
  return Math.round((own?.y ?? Number.NaN) - (view?.y ?? Number.NaN));
}

/** The number of the first turn in the document. */
const firstTurn = async () =>
  Number(/\d+/.exec((await transcript().getByRole('article').first().getAttribute('aria-label')) ?? '')?.[0]);
const scrollTo = (top: number) => transcript().evaluate((list, to) => list.scrollTo({ top: to }), top);
const isInView = async (element: ReturnType<typeof turn>) => {
  const top = await heightOf(element);
  return top > -40 && top < ((await transcript().boundingBox())?.height ?? 0);
};

test('of 10,000 events only the rows in view are in the document, at the end, further up and far back', async () => {
  fill();
  await open('/agents/scout');
  await turn(TURNS).getByText(`Done with step ${TURNS}.`).waitFor();
  expect(await rows()).toBeLessThan(MOST_ROWS);
  // Up through several pages: each is loaded when it comes near.
  for (let page = 0; page < 4; page += 1) {
    const before = await firstTurn();
    await scrollTo(0);
    await expect.poll(firstTurn).toBeLessThan(before);
  }
  expect(await rows()).toBeLessThan(MOST_ROWS);
  await open('/agents/scout#turn-2');
  await turn(2).getByText('Step 2: I read the parser').waitFor();
  expect(await rows()).toBeLessThan(MOST_ROWS);
  await scrollTo(0);
  await page.getByText('The transcript begins here').waitFor();
  await turn(1).waitFor();
  expect(browser.complaints).toEqual([]);
});

test('links lead to a turn, an event and a message, wherever they are in the log; a missing one says so', async () => {
  fill();
  await open('/agents/scout#turn-400');
  await turn(400).waitFor();
  await expect.poll(() => isInView(turn(400))).toBe(true);
  expect(await page.getByRole('search', { name: 'Transcript' }).getByText('Turn 400').count()).toBe(1);

  const edit = hive.data.events.find(({ kind, data }) => kind === 'turn.file_change' && data['turn'] === 77);
  await open(`/agents/scout?event=${edit?.seq}`);
  const target = transcript().locator('[data-target]');
  await target.getByRole('region', { name: /^changed .*read-header\.ts/ }).waitFor();
  await expect.poll(() => isInView(target)).toBe(true);
  expect(await turn(77).locator('[data-target]').count()).toBe(1);

  await open('/agents/scout?message=612');
  await expect.poll(() => isInView(turn(612))).toBe(true);

  await open('/agents/scout#turn-5000');
  await page.getByRole('alert').getByText('The log does not have turn 5000 of scout').waitFor();
  await turn(TURNS).waitFor();
});

test('a link to an entry is beside it, and "Newest" leads back to the end', async () => {
  fill();
  await open('/agents/scout#turn-400');
  const entry = turn(400).locator('[data-index]').filter({ hasText: 'Step 400: I read' });
  await entry.hover();
  await entry.getByRole('link', { name: 'Link to this entry' }).click();
  await transcript().locator('[data-target]').getByText('Step 400: I read').waitFor();
  expect(page.url()).toMatch(/\/agents\/scout\?event=\d+$/);
  await page.getByRole('button', { name: 'Newest' }).click();
  await turn(TURNS).getByText(`Done with step ${TURNS}.`).waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Newest' }).count()).toBe(0);
});

test('a search finds words far back, marks them and goes from place to place; "#12" and "turn 12" are places', async () => {
  fill();
  hive.data.events[hive.data.events.findIndex(({ data }) => data['text'] === 'Done with step 40.')]!.data['text'] =
    'Done with step 40. The walrus is fed.';
  const result = hive.data.events.find(
    ({ agent, kind, data }) => agent === 'scout' && kind === 'turn.tool_result' && data['turn'] === 20,
  );
  result!.data['text'] = `${'a line\n'.repeat(60)}no WALRUS here`;
  await open('/agents/scout');
  await turn(TURNS).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('walrus');
  const bar = page.getByRole('search', { name: 'Transcript' });
  await bar.getByText('2 found').waitFor();
  await page.keyboard.press('Enter');
  await turn(40).locator('mark').getByText('walrus').waitFor();
  await bar.getByText('1 of 2').waitFor();
  // In a collapsed result, beyond what is shown of it.
  await page.keyboard.press('Enter');
  await turn(20).locator('mark').getByText('WALRUS').waitFor();
  await page.keyboard.press('Shift+Enter');
  await turn(40).locator('mark').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => transcript().locator('mark').count()).toBe(0);
  expect(await find().inputValue()).toBe('');

  await find().fill('turn 300');
  await bar.getByText('Enter goes there').waitFor();
  await find().press('Enter');
  await expect.poll(() => isInView(turn(300))).toBe(true);
  await find().fill('#500');
  await find().press('Enter');
  await expect.poll(() => isInView(turn(500))).toBe(true);
  await find().fill('no such words');
  await bar.getByText('Nothing found').waitFor();
  expect(browser.complaints).toEqual([]);
});

test('a changed file is a diff with its line numbers; what the reader closed stays closed out of view', async () => {
  fill(30);
  await open('/agents/scout');
  const diff = turn(30).getByRole('region', { name: /^changed .*read-header\.ts/ });
  await diff.getByText('if (first === undefined) return [];').waitFor();
  expect(await diff.locator('[data-is="added"]').count()).toBe(3);
  expect(await diff.locator('[data-is="removed"]').count()).toBe(2);
  expect(await diff.locator('[data-is="same"]').first().innerText()).toMatch(/12\s+12\s+export function readHeader/);
  const call = turn(30).getByRole('button', { name: /Edit src\/read-header\.ts/ });
  expect(await call.innerText()).toMatch(/\+3\s+−2/);
  await call.click();
  await expect.poll(() => diff.count()).toBe(0);
  await scrollTo(0);
  await expect.poll(() => turn(30).count()).toBe(0);
  await page.getByRole('button', { name: 'Newest' }).click();
  await call.waitFor();
  expect([await call.getAttribute('aria-expanded'), await diff.count()]).toEqual(['false', 0]);
  const read = turn(30).getByRole('button', { name: /Read .* \d+ B/ });
  expect(await read.getAttribute('aria-expanded')).toBe('false');
});

test('the agent’s list is shown with its states, a subagent’s words are set in, and an error is said once', async () => {
  hive.emit('scout', 'turn.started', { turn: 7, messages: [3], redelivered: [] });
  const input = '{"todos":[]}';
  hive.emit('scout', 'turn.tool_call', { turn: 7, id: 't', tool: 'TodoWrite', input, truncated: false });
  const items = [
    { text: 'Look around', state: 'done' as const },
    { text: 'Mend it', state: 'in_progress' as const },
  ];
  hive.emit('scout', 'turn.todos', { turn: 7, id: 't', items, truncated: false });
  hive.emit('scout', 'turn.text', { turn: 7, text: 'I am the helper', truncated: false, within: 't' });
  hive.emit('scout', 'turn.error', { turn: 7, text: '529 overloaded', truncated: false });
  await open('/agents/scout');
  const list = turn(7).getByRole('list', { name: 'To do' });
  await list.getByRole('listitem').filter({ hasText: 'Mend it' }).waitFor();
  expect(await list.getByRole('img', { name: 'in progress' }).or(list.getByLabel('in progress')).count()).toBe(1);
  await turn(7).locator('[data-within]').getByText('I am the helper').waitFor();
  hive.emit('scout', 'turn.finished', {
    turn: 7,
    outcome: 'failed',
    reason: '529 overloaded',
    text: '',
    durationMs: 1,
    toolCalls: 1,
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0, unpricedCalls: 0 },
    counted: 'gateway',
    messages: [3],
  });
  await turn(7).getByText('Failed').waitFor();
  expect(await turn(7).getByText('529 overloaded').count()).toBe(1);
});

test('new events are followed at the end; further up they leave the reader in place, and are counted', async () => {
  fill();
  hive.data.events.push({
    seq: (hive.data.events.at(-1)?.seq ?? 0) + 1,
    at: Date.now(),
    kind: 'turn.started',
    agent: 'scout' as never,
    data: { turn: TURNS + 1, messages: [5], redelivered: [] },
  });
  await open('/agents/scout');
  await turn(TURNS + 1)
    .getByText(/Working for/)
    .waitFor();
  for (let n = 0; n < 40; n += 1) say(`live ${n}.`);
  await expect.poll(() => isInView(page.getByText('live 39.'))).toBe(true);

  await transcript().evaluate((list) => list.scrollBy({ top: -2_000 }));
  const place = transcript()
    .locator('[data-index]')
    .filter({ hasText: `Step ${TURNS}: I read` });
  await place.waitFor();
  await page.getByRole('button', { name: 'Newest' }).waitFor();
  const before = await heightOf(place);
  for (let n = 0; n < 60; n += 1) say(`later ${n}.`);
  await page.getByRole('button', { name: 'Newest · 60 new' }).waitFor();
  expect(await heightOf(place)).toBe(before);
  expect(await rows()).toBeLessThan(MOST_ROWS);
  await page.getByRole('button', { name: /Newest/ }).click();
  await expect.poll(() => isInView(page.getByText('later 59.'))).toBe(true);
  expect(browser.complaints).toEqual([]);
});

test('older pages are put above without moving what is read', async () => {
  fill();
  await open('/agents/scout#turn-400');
  await expect.poll(() => isInView(turn(400))).toBe(true);
  const loaded = () => transcript().evaluate((list) => list.scrollHeight);
  const before = await loaded();
  // Near the first loaded row, a page is added above.
  await scrollTo(500);
  const entry = transcript()
    .locator('[data-index]')
    .filter({ hasText: /Step \d+: I read/ })
    .first();
  const text = (await entry.innerText()).split('\n')[0] ?? '';
  const same = transcript().locator('[data-index]').filter({ hasText: text });
  const at = await heightOf(same);
  await expect.poll(loaded).toBeGreaterThan(before);
  await expect.poll(async () => Math.abs((await heightOf(same)) - at)).toBeLessThan(3);
});

test('on a phone the transcript fits the screen: rows, diffs and the search', async () => {
  fill();
  await page.setViewportSize({ width: 390, height: 844 });
  await open('/agents/scout#turn-400');
  await turn(400).getByText('if (first === undefined) return [];').waitFor();
  const wide = await transcript().evaluate((list) => list.scrollWidth - list.clientWidth);
  expect(wide).toBe(0);
  await find().fill('turn 2');
  await find().press('Enter');
  await expect.poll(() => isInView(turn(2))).toBe(true);
});
