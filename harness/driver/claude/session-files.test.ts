import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSessionFiles } from './session-files.ts';

let home: string;
let dir: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sessions-'));
  dir = join(home, 'projects/-agents-scout-state');
  await mkdir(dir, { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

const line = (uuid: string, more = '') => `${JSON.stringify({ parentUuid: 'm0', uuid, more })}\n`;

test('files are listed with their size, and deleted with what belongs to them', async () => {
  await writeFile(join(dir, 'a.jsonl'), line('m1'));
  await writeFile(join(dir, 'b.jsonl'), line('m2', 'longer'));
  await mkdir(join(dir, 'a/tool-results'), { recursive: true });
  await writeFile(join(dir, 'note.txt'), 'x');
  const files = createSessionFiles(home);
  const listed = await files.list();
  expect(new Map(listed.map(({ id, bytes }) => [id, bytes]))).toEqual(
    new Map([
      ['a', line('m1').length],
      ['b', line('m2', 'longer').length],
    ]),
  );
  expect(listed[0]?.at).toBeGreaterThan(0);
  expect(await files.sizeOf('b')).toBe(line('m2', 'longer').length);
  expect(await files.sizeOf('never-there')).toBeNull();
  await files.remove(['a', 'never-there']);
  expect((await readdir(dir)).toSorted()).toEqual(['b.jsonl', 'note.txt']);
  expect(await createSessionFiles(join(home, 'nowhere')).list()).toEqual([]);
});

test('a file holds an exchange only as a whole line: one that was cut off, or is only referred to, is missing', async () => {
  const files = createSessionFiles(home);
  const holds = async (text: string, mark: string) => {
    await writeFile(join(dir, 's.jsonl'), text);
    return files.holds('s', mark);
  };
  const whole = line('m1') + line('m2');
  expect(await holds(whole, 'm2')).toBe(true);
  expect(await holds(whole, 'm1')).toBe(true);
  expect(await holds(whole.slice(0, -3), 'm2')).toBe(false);
  expect(await holds(whole.slice(0, -3) + '\0'.repeat(50), 'm2')).toBe(false);
  expect(await holds(whole, 'm0')).toBe(false);
  expect(await holds('', 'm1')).toBe(false);
  expect(await files.holds('none', 'm1')).toBeNull();
});

test('a long file is searched from its end, across the borders of what is read at once', async () => {
  const files = createSessionFiles(home);
  const filler = line('x', 'y'.repeat(700_000));
  for (const shift of [0, 1_048_560, 1_048_570, 1_048_576]) {
    await writeFile(join(dir, 's.jsonl'), line('m1') + line('z', 'w'.repeat(shift)) + filler + filler);
    expect(await files.holds('s', 'm1')).toBe(true);
    expect(await files.holds('s', 'm2')).toBe(false);
  }
});
