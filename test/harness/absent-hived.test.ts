import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MOST_BROKEN } from '../../harness/hive-link/retry.ts';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

/** A healthy CLI whose turns last until the test ends them. */
const CLI = join(import.meta.dirname, '../../harness/fixtures/answers-later');

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed(CLI);
});
afterEach(async () => {
  await bed.close();
});

const letTurnEnd = () => writeFile(join(bed.home, 'state/go'), '');
const finished = (count: number) =>
  waitFor(() => bed.hived.finishes.length >= count && bed.hived.finishes, `${count} finished turns\n${bed.log()}`);
/** The content of all files of the spool. */
async function spoolText(): Promise<string> {
  const dir = join(bed.home, 'harness/spool');
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))).join('');
}
const until = (ask: () => Promise<boolean>, what: string) => expect.poll(ask, { message: what }).toBe(true);
const turnRuns = () =>
  waitFor(() => bed.hived.events.some((event) => event.kind === 'turn.text'), `a running turn\n${bed.log()}`);
const logged = (words: string) => waitFor(() => bed.log().includes(words), `"${words}" in the log\n${bed.log()}`);

describe('hived stops and comes back', () => {
  test('it is absent at the start, disappears in the middle of a turn, and gets every report when it is back', async () => {
    await bed.hived.stop();
    await bed.start();
    await logged('trying for ever');
    await bed.hived.start();
    bed.hived.deliver('work');
    await turnRuns();
    await bed.hived.stop();
    await letTurnEnd();
    await logged('hived is back');
    await waitFor(() => bed.log().split('trying for ever').length > 2, 'the finish cannot be told');
    await bed.hived.start();
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ turn: 1, outcome: 'done', text: 'at last' });
    expect(bed.hived.finishes).toHaveLength(1);
    await waitFor(
      () => bed.hived.events.some(({ data }) => data['state'] === 'idle' && bed.hived.events.length > 4),
      'the last state',
    );
    const seqs = bed.hived.events.map((event) => event.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  test('it forgot this boot: the harness sends hello again and continues', async () => {
    bed.hived.refusals.wake = ['stale_boot'];
    await bed.start();
    bed.hived.deliver('work');
    await turnRuns();
    bed.hived.refusals.finish = ['storage_unavailable', 'stale_boot'];
    await letTurnEnd();
    await finished(1);
    expect(bed.hived.hellos).toHaveLength(3);
    expect(new Set(bed.hived.hellos.map((hello) => hello.bootId)).size).toBe(1);
  });

  test('it fails each time on the end of a turn: the turn is reported as failed with an empty result, and the next one is taken', async () => {
    await bed.start();
    bed.hived.deliver('work');
    await turnRuns();
    bed.hived.refusals.finish = Array.from({ length: MOST_BROKEN }, () => 'internal' as const);
    await letTurnEnd();
    const [turn] = await finished(1);
    expect(turn).toMatchObject({ turn: 1, outcome: 'failed', text: '', answered: false, usage: { inputTokens: 0 } });
    expect(turn?.reason).toBe('hived broke on how the turn ended (done); its log says more.');
    expect(turn?.sessionId).not.toBeNull();
    expect(bed.hived.handled).toEqual([]);
    bed.hived.deliver('more');
    await waitFor(() => bed.hived.events.filter((event) => event.kind === 'turn.text').length > 1, 'another turn');
    await letTurnEnd();
    expect((await finished(2))[1]).toMatchObject({ outcome: 'done', text: 'at last' });
  });

  test('a turn that was given to another harness is dropped silently', async () => {
    await bed.start();
    bed.hived.deliver('work');
    await turnRuns();
    const beats = bed.hived.beats.length;
    bed.hived.turnIsYours = false;
    await waitFor(() => bed.hived.beats.slice(beats).some((beat) => beat.turn !== null), 'it is told');
    bed.hived.turnIsYours = true;
    await waitFor(() => bed.hived.events.some((event) => event.kind === 'cli.exited'), 'the CLI is stopped');
    expect(bed.hived.finishes).toEqual([]);
    // It is offered again, and done then.
    await letTurnEnd();
    await finished(1);
  });

  test('events in the spool of a killed harness are sent by the next one, under the old boot', async () => {
    await bed.start();
    bed.hived.deliver('work');
    await turnRuns();
    bed.hived.refusals.spool = Array.from({ length: 1_000 }, () => 'storage_unavailable' as const);
    await letTurnEnd();
    await finished(1);
    await until(async () => /"working"[^]*"idle"/.test(await spoolText()), 'the last state is in a file');
    await bed.stop('SIGKILL');
    bed.hived.refusals.spool = [];
    await bed.start();
    const oldBoot = bed.hived.hellos[0]?.bootId;
    await waitFor(
      () =>
        bed.hived.events.some((event) => event.bootId === oldBoot && event.data['state'] === 'idle' && event.seq > 2),
      'the rest',
    );
    const seqs = bed.hived.events.filter((event) => event.bootId === oldBoot).map((event) => event.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    await waitFor(() => bed.hived.events.some((event) => event.bootId !== oldBoot), "the new boot's own events");
    expect(await readdir(join(bed.home, 'harness/spool'))).toHaveLength(1);
  });

  test('an event that hived refuses does not hold up the others', async () => {
    const left = '00000000-0000-4000-8000-000000000000';
    const dir = join(bed.home, 'harness/spool', `000000000000001-${left}`);
    await mkdir(dir, { recursive: true });
    const line = (seq: number, data: object) => `${JSON.stringify({ seq, at: 1, kind: 'harness.state', data })}\n`;
    const good = { state: 'idle', reason: null, until: null };
    await writeFile(
      join(dir, '000000000001.jsonl'),
      `${line(1, good)}${line(2, { nonsense: true })}not json\n${line(3, good)}{"seq":4,"torn`,
    );
    bed.hived.refusals.spool = ['invalid_input', 'storage_unavailable'];
    await bed.start();
    await waitFor(() => bed.hived.events.filter((event) => event.bootId === left).length === 2, 'the good ones');
  });
});

describe('shutting down', () => {
  test('SIGTERM interrupts the turn, reports it to hived, and exits with 0', async () => {
    await bed.start();
    bed.hived.deliver('work');
    await turnRuns();
    expect(await bed.stop('SIGTERM')).toEqual({ code: 0 });
    expect(bed.hived.finishes).toMatchObject([{ outcome: 'interrupted', reason: 'The harness is shutting down.' }]);
  });

  test('SIGTERM ends it without a hived, too', async () => {
    await bed.start();
    bed.hived.deliver('work');
    await turnRuns();
    await bed.hived.stop();
    expect(await bed.stop('SIGTERM')).toEqual({ code: 0 });
  });
});
