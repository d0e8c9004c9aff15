import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RawLimits, type RawLine, rawFileName, rawLine } from '../../protocol/schemas/raw-lines.ts';
import { chooseRawToRemove } from './raw-files.ts';
import { createRawLines, type RawLines } from './raw-lines.ts';

const DAY_MS = 86_400_000;
const SECRET = 'qJ3-8_xYzAbCdEfGhIjKlMnOpQrStUv';
let home: string;
let dir: string;
let now: number;
let failures: unknown[];
let raw: RawLines;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'raw-'));
  dir = join(home, 'raw');
  // Files get their times from the system.
  now = Date.now();
  failures = [];
  raw = open();
});
afterEach(async () => {
  await raw.close();
  await rm(home, { recursive: true, force: true });
});

function open(limits: RawLimits = { days: 3, mb: 32 }, segmentBytes?: number): RawLines {
  return createRawLines(dir, {
    now: () => now,
    limits,
    secrets: [SECRET],
    onError: (error) => failures.push(error),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
}

const names = async () => (await readdir(dir)).toSorted();

async function linesOf(turn: number): Promise<RawLine[]> {
  const files = (await names()).filter((name) => name.startsWith(rawFileName(turn, 0).slice(0, 13)));
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .map((line) => rawLine.parse(JSON.parse(line)));
}

test('lines are kept with their turn, time and direction; those before the first turn are not', async () => {
  raw.record('stdout', 'of no turn');
  raw.begin(7);
  raw.record('stdin', 'hello');
  now += 5;
  raw.record('stdout', 'the \u0000 answer');
  raw.begin(8);
  raw.record('stderr', 'oh');
  raw.record('stdout', 'the beginning', true);
  await raw.flush();
  expect(await linesOf(7)).toEqual([
    { n: 1, at: now - 5, kind: 'stdin', text: 'hello', isCut: false },
    { n: 2, at: now, kind: 'stdout', text: 'the \u0000 answer', isCut: false },
  ]);
  expect((await linesOf(8)).map(({ n, text, isCut }) => [n, text, isCut])).toEqual([
    [1, 'oh', false],
    [2, 'the beginning', true],
  ]);
});

test('secrets are masked, also where a line was cut in the middle of one; long lines lose their end', async () => {
  raw.begin(1);
  raw.record('stdin', `{"Authorization":"Bearer ${SECRET}"} and ${SECRET}`);
  raw.record('stderr', `cut ${SECRET.slice(0, 20)}`);
  raw.record('stderr', `${SECRET.slice(20)} here`);
  raw.record('stdout', `${'x'.repeat(65_530)}${SECRET}`);
  await raw.flush();
  const lines = await linesOf(1);
  expect(lines.map(({ text }) => text).slice(0, 3)).toEqual([
    '{"Authorization":"Bearer [masked]"} and [masked]',
    'cut [masked]',
    '[masked] here',
  ]);
  expect([lines[3]?.text.length, lines[3]?.isCut]).toEqual([65_536, true]);
  for (const name of await names()) expect(await readFile(join(dir, name), 'utf8')).not.toContain(SECRET.slice(0, 8));
});

test('a long turn keeps its beginning and its end, and the gap between them shows', async () => {
  raw = open({ days: 3, mb: 32 }, 1_000);
  raw.begin(3);
  for (let count = 1; count <= 100; count += 1) {
    raw.record('stdout', String(count).padEnd(200, '.'));
    await raw.flush();
  }
  const kept = (await linesOf(3)).map(({ n }) => n);
  expect(kept.slice(0, 4)).toEqual([1, 2, 3, 4]);
  expect(kept.at(-1)).toBe(100);
  expect(kept.length).toBeLessThan(20);
  expect((await names()).length).toBe(4);
});

test('what is too old or too much is deleted, the oldest turns first and as a whole; the present turn stays', async () => {
  const file = (turn: number, bytes: number, age: number) => ({ turn, path: `${turn}`, bytes, at: now - age * DAY_MS });
  const files = [file(1, 10, 4), file(2, 600_000, 1), file(2, 10, 1), file(3, 600_000, 0), file(4, 2_000_000, 0)];
  const removed = (limits: RawLimits, turn: number | null) =>
    chooseRawToRemove(files, { limits, now, turn }).map((one) => one.turn);
  expect(removed({ days: 3, mb: 32 }, 4)).toEqual([1]);
  expect(removed({ days: 0.5, mb: 32 }, 4)).toEqual([1, 2, 2]);
  expect(removed({ days: 3, mb: 3 }, 4)).toEqual([1, 2, 2]);
  expect(removed({ days: 3, mb: 1 }, 4)).toEqual([1, 2, 2, 3]);
  expect(removed({ days: 3, mb: 1 }, null)).toEqual([1, 2, 2, 3, 4]);
});

test('a harness deletes what an earlier one left when it is too old, and leaves files that are not its own', async () => {
  await mkdir(dir);
  for (const [name, age] of [
    [rawFileName(1, 1), 4],
    [rawFileName(2, 1), 2],
    ['notes.txt', 9],
  ] as const) {
    await writeFile(join(dir, name), 'x');
    await utimes(join(dir, name), new Date(now - age * DAY_MS), new Date(now - age * DAY_MS));
  }
  await raw.tidy();
  expect(await names()).toEqual([rawFileName(2, 1), 'notes.txt']);
  raw.setLimits({ days: 0, mb: 1 });
  raw.begin(5);
  raw.record('stdout', 'not kept');
  await raw.tidy();
  expect(await names()).toEqual(['notes.txt']);
});

test('lines that cannot be written are not kept, and later ones are, in a segment of their own', async () => {
  await writeFile(dir, 'a file in its place');
  raw.begin(1);
  raw.record('stdout', 'lost');
  await raw.flush();
  expect(failures.length).toBeGreaterThan(0);
  await rm(dir);
  raw.record('stdout', 'kept');
  await raw.flush();
  expect(await linesOf(1)).toMatchObject([{ n: 2, text: 'kept' }]);
});

test('a link in the place of a segment is not followed', async () => {
  const elsewhere = join(home, 'elsewhere');
  await writeFile(elsewhere, 'untouched');
  await mkdir(dir);
  await symlink(elsewhere, join(dir, rawFileName(1, 1)));
  raw.begin(1);
  raw.record('stdout', 'a line');
  await raw.flush();
  expect(failures).toMatchObject([{ code: 'ELOOP' }]);
  expect(await readFile(elsewhere, 'utf8')).toBe('untouched');
});
