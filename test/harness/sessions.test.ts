import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionPlan } from '../../protocol/schemas/session.ts';
import { GREETING } from './fake-hived.ts';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

// The conversation that an offer names, with the real Claude Code and the demo model.

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed();
  // No load of the machine ends a turn.
  bed.hived.greeting = { spec: { ...GREETING.spec, turnTimeoutMs: 600_000 } };
});
afterEach(async () => {
  await bed.close();
});

const NOTHING: SessionPlan = { choice: 'continue', id: null, reason: '', mark: null, askNotes: false, handover: null };

/** A turn about this text, in the conversation of the plan. */
async function turnAbout(body: string, plan: Partial<SessionPlan> = {}) {
  const before = bed.hived.finishes.length;
  bed.hived.session = { ...NOTHING, ...plan };
  bed.hived.deliver(body);
  const finish = await waitFor(() => bed.hived.finishes[before], `a turn about "${body}"\n${bed.log()}`);
  return { ...finish, id: finish.sessionId ?? '' };
}

const files = async () => {
  const projects = join(bed.home, 'harness/claude/projects');
  const [dir = ''] = await readdir(projects);
  return {
    dir: join(projects, dir),
    names: (await readdir(join(projects, dir))).filter((name) => name.endsWith('.jsonl')),
  };
};
const prompts = () => JSON.stringify(bed.requests.at(-1)?.body.messages);

test('a finished turn tells the size of its conversation, its last exchange and its file; a fresh one is another file', async () => {
  await bed.start();
  await waitFor(() => bed.hived.reported.length === 1, 'the first report of files');
  expect(bed.hived.reported[0]).toEqual([]);
  const first = await turnAbout('blue is the word', { choice: 'fresh' });
  expect(first).toMatchObject({ outcome: 'done', windowTokens: 200_000, compacted: false, sessionLost: null });
  expect(first.contextTokens).toBeGreaterThan(2_000);
  expect(first.sessionMark).toMatch(/^[0-9a-f-]{36}$/);
  // The CLI may write its file after the end of the turn: what the next turn tells is certain.
  await expect.poll(async () => (await stat(join((await files()).dir, `${first.id}.jsonl`))).size).toBeGreaterThan(500);
  const second = await turnAbout('go on', { id: first.id, mark: first.sessionMark });
  expect(second.id).toBe(first.id);
  expect(second.sessionBytes).toBeGreaterThan(500);
  expect(prompts()).toContain('blue is the word');
  bed.hived.toRemove = [first.id];
  const fresh = await turnAbout('what now?', { choice: 'fresh' });
  expect(fresh.id).not.toBe(first.id);
  expect(prompts()).not.toContain('blue is the word');
  // A report names the files that there are, which may be before the newest one is written; its answer what to remove.
  await expect.poll(async () => (await files()).names).toEqual([`${fresh.id}.jsonl`]);
  expect(bed.hived.reported.flat().map(({ id }) => id)).toContain(first.id);
});

test('a compaction is one request, with the whole conversation and 6 KB more; after it the conversation is small', async () => {
  await bed.start();
  const first = await turnAbout('hello', { choice: 'fresh' });
  const long = await turnAbout(`${'word '.repeat(8_000)} blue`, { id: first.id, mark: first.sessionMark });
  const [before] = bed.requests.slice(-1);
  const compacted = await turnAbout('go on', { choice: 'compact', id: long.id, mark: long.sessionMark });
  expect(compacted).toMatchObject({ outcome: 'done', compacted: true, id: long.id });
  expect(prompts()).toContain('go on');
  const [asked, after, ...more] = bed.requests.slice(2);
  expect(more).toEqual([]);
  const added = (asked?.bytes ?? 0) - (before?.bytes ?? 0);
  expect(added).toBeGreaterThan(4_000);
  expect(added).toBeLessThan(9_000);
  expect(after?.bytes).toBeLessThan(30_000);
  expect(compacted.contextTokens).toBeLessThan(long.contextTokens ?? 0);
  // The process is warm; the next turn needs no further compaction.
  expect(await turnAbout('and on', { id: long.id, mark: compacted.sessionMark })).toMatchObject({ compacted: false });
  expect(bed.requests).toHaveLength(5);
});

test('a copy is a conversation of its own, and the copied one can be taken up again', async () => {
  await bed.start();
  const first = await turnAbout('blue is the word', { choice: 'fresh' });
  const copy = await turnAbout('now in the copy', { choice: 'fork', id: first.id, mark: first.sessionMark });
  expect(copy).toMatchObject({ outcome: 'done', sessionLost: null });
  expect(copy.id).not.toBe(first.id);
  expect(prompts()).toContain('blue is the word');
  const back = await turnAbout('back again', { id: first.id, mark: first.sessionMark });
  expect(back.id).toBe(first.id);
  expect(prompts()).toContain('blue is the word');
  expect(prompts()).not.toContain('now in the copy');
});

test('a file that a power failure cut off is noticed after a restart, and replaced with a word; a whole one is not', async () => {
  await bed.start();
  const first = await turnAbout('blue is the word', { choice: 'fresh' });
  const second = await turnAbout('go on', { id: first.id, mark: first.sessionMark });
  await bed.stop();
  await bed.start();
  const whole = await turnAbout('still there?', { id: first.id, mark: second.sessionMark });
  expect(whole).toMatchObject({ outcome: 'done', id: first.id, sessionLost: null, sessionMark: expect.any(String) });
  await bed.stop();
  const { dir } = await files();
  const path = join(dir, `${first.id}.jsonl`);
  const text = await readFile(path, 'utf8');
  await truncate(path, text.indexOf(`"uuid":"${whole.sessionMark}"`));
  await bed.start();
  const replaced = await turnAbout('and now?', { id: first.id, mark: whole.sessionMark });
  expect(replaced).toMatchObject({ outcome: 'done', sessionLost: 'cut' });
  expect(replaced.id).not.toBe(first.id);
  expect(prompts()).toContain('was cut off, as by a power failure');
  expect(prompts()).not.toContain('blue is the word');
  await bed.stop();
  // An empty file is one that the CLI itself reports as missing.
  const other = join(dir, `${replaced.id}.jsonl`);
  await writeFile(other, '');
  await bed.start();
  expect(await turnAbout('once more', { id: replaced.id, mark: replaced.sessionMark })).toMatchObject({
    sessionLost: 'cut',
  });
});

test('the agent writes down what it must keep, and a fresh conversation knows where, and what of its mail is open', async () => {
  await bed.start();
  const notes = join(bed.home, 'state/handover.md');
  const first = await turnAbout('blue is the word', { choice: 'fresh' });
  const write = `@Write ${JSON.stringify({ file_path: notes, content: 'The word is blue.' })}`;
  const asked = await turnAbout(write, { id: first.id, mark: first.sessionMark, askNotes: true });
  expect(asked).toMatchObject({ outcome: 'done', toolCalls: 1 });
  expect(JSON.stringify(bed.requests.map(({ body }) => body.messages))).toContain(
    `write into ${notes} what you must keep`,
  );
  const handover = {
    threads: [{ id: 7, with: ['coder'] }],
    toAnswer: [{ id: 8, from: 'coder' }],
    asked: [{ id: 9, of: 'operator' }],
    reminders: [{ id: 3, dueAt: 1_800_000_000_000 }],
  };
  const fresh = await turnAbout(`@Read ${JSON.stringify({ file_path: notes })}`, { choice: 'fresh', handover });
  expect(fresh).toMatchObject({ outcome: 'done', toolCalls: 1 });
  const said = prompts();
  expect(said).toContain(`are in ${notes}: read them first`);
  expect(said).toContain('open threads: #7 with coder; questions to you without an answer: #8 from coder');
  expect(said).toContain(
    'your questions without an answer: #9 to operator; your reminders: 3 at 2027-01-15T08:00:00.000Z',
  );
  expect(said).toContain('The word is blue.');
  expect(said).not.toContain('blue is the word');
});
