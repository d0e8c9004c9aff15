import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

// Mail for a running turn when hived fails: nothing that was leased to a turn may be done unseen, or be seen twice.

/** A healthy CLI that accepts input at once, and ends its turn when the test lets it. */
const CLI = join(import.meta.dirname, '../../harness/fixtures/answers-later');

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed(CLI);
  await bed.start();
  bed.hived.deliver('work');
});
afterEach(async () => {
  await bed.close();
});

const letTurnEnd = () => writeFile(join(bed.home, 'state/go'), '');
const finished = () => waitFor(() => bed.hived.finishes.at(-1), `a finished turn\n${bed.log()}`);
const eventsOf = (kind: string) => bed.hived.events.filter((event) => event.kind === kind);
const inContext = () => eventsOf('delivery.in_context').flatMap(({ data }) => data['messages']);
/** Waits until the CLI has accepted this many texts. */
const heard = (texts: number) =>
  waitFor(() => eventsOf('turn.text').length >= texts, `${texts} texts of the CLI\n${bed.log()}`);

test('a lost answer is sent again, and its mail is shown once', async () => {
  await heard(1);
  bed.hived.losing.add('urgent');
  bed.hived.deliverUrgent('now');
  await heard(2);
  await letTurnEnd();
  expect(await finished()).toMatchObject({ outcome: 'done' });
  expect(inContext()).toEqual([11, 12]);
  expect(bed.hived.handled).toEqual([11, 12]);
});

test('a turn whose CLI is done waits for an absent hived, and shows the mail that it still has', async () => {
  await heard(1);
  bed.hived.refusals.urgent = Array.from({ length: 1_000 }, () => 'storage_unavailable' as const);
  bed.hived.deliverUrgent('now');
  await letTurnEnd();
  const left = bed.hived.refusals.urgent.length;
  await waitFor(() => (bed.hived.refusals.urgent?.length ?? 0) < left - 3, 'it is asked again and again');
  expect(bed.hived.finishes).toEqual([]);
  bed.hived.refusals.urgent = [];
  await heard(2);
  await letTurnEnd();
  expect(await finished()).toMatchObject({ outcome: 'done' });
  expect(bed.hived.handled).toEqual([11, 12]);
  expect(eventsOf('cli.started')).toHaveLength(1);
});

test('hived is gone in the middle of a turn: mail comes when it is back', async () => {
  await heard(1);
  await bed.hived.stop();
  bed.hived.deliverUrgent('now');
  await bed.hived.start();
  await heard(2);
  await letTurnEnd();
  await finished();
  expect(bed.hived.handled).toEqual([11, 12]);
});

test('when hived cannot say whether there is more, the turn is not done', async () => {
  await heard(1);
  bed.hived.refusals.urgent = ['stale_fence'];
  await letTurnEnd();
  expect(await finished()).toMatchObject({
    outcome: 'interrupted',
    reason: expect.stringContaining('may not have been seen'),
  });
  expect(bed.hived.handled).toEqual([]);
});

test('after the end of the turn no more urgent mail is requested', async () => {
  await heard(1);
  await letTurnEnd();
  await finished();
  const { turn } = await finished();
  const asked = bed.hived.asked.length;
  bed.hived.deliver('more');
  await heard(2);
  await waitFor(() => bed.hived.asked.length > asked, 'a question of the next turn');
  expect(bed.hived.asked.slice(asked).every((question) => question.turn === turn + 1)).toBe(true);
});
