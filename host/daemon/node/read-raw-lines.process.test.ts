import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rawFileName, type RawLine } from '../../../protocol/schemas/raw-lines.ts';
import { readRawLines } from './read-raw-lines.ts';

const AGENT = 251_007;
const isRoot = process.getuid?.() === 0;
let home: string;
let harness: string;
let raw: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hive-raw-'));
  chmodSync(home, 0o711);
  harness = join(home, 'harness');
  raw = join(harness, 'raw');
  mkdirSync(raw, { recursive: true });
});
afterEach(() => execFileSync('rm', ['-rf', home]));

const line = (n: number, text = 'a line'): RawLine => ({ n, at: 5, kind: 'stdout', text, isCut: false });
const segment = (number: number, ...lines: unknown[]) =>
  writeFileSync(join(raw, rawFileName(7, number)), lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
const read = () => {
  if (isRoot) execFileSync('chown', ['-hR', `${AGENT}:${AGENT}`, harness]);
  return readRawLines({ harness, turn: 7, uid: isRoot ? AGENT : null });
};

test('the segments of one turn are read in order; lines that are none are counted', async () => {
  segment(
    2,
    line(3),
    line(4, 'with \u001B'),
    { n: 5, at: 5, kind: 'stdout', text: 'x', isCut: false, more: 1 },
    'text',
  );
  segment(1, line(1), line(2));
  writeFileSync(join(raw, rawFileName(8, 1)), JSON.stringify(line(1)));
  writeFileSync(join(raw, rawFileName(7, 3)), '{"n":6,"at":5,"kind":"std');
  expect(await read()).toEqual({
    lines: [line(1), line(2), line(3), line(4, 'with \u001B')],
    isCut: false,
    unreadable: 3,
    problem: null,
  });
});

test('an agent without raw lines has none', async () => {
  const none = { lines: [], isCut: false, unreadable: 0, problem: null };
  expect(await read()).toEqual(none);
  execFileSync('rm', ['-rf', raw]);
  expect(await read()).toEqual(none);
});

// Attack. Vulnerability: hived is root and reads files from a directory that an agent can change. Scenario: the agent
// puts links to other files in the place of its files, or of the directory. Verified: nothing of them is read.
test('links lead nowhere', async () => {
  const secret = join(home, 'secret');
  writeFileSync(secret, JSON.stringify(line(1, 'of somebody else')));
  symlinkSync(secret, join(raw, rawFileName(7, 1)));
  segment(2, line(2));
  expect((await read()).lines).toEqual([line(2)]);
  execFileSync('rm', ['-rf', raw]);
  const elsewhere = join(home, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, rawFileName(7, 1)), JSON.stringify(line(1, 'of somebody else')));
  symlinkSync(elsewhere, raw);
  expect((await read()).lines).toEqual([]);
});

// The same with a file that never ends, and one that waits for a writer.
test('endless files and pipes neither block nor fill memory', async () => {
  execFileSync('/usr/bin/env', ['mkfifo', join(raw, rawFileName(7, 1))]);
  segment(2, line(2));
  expect((await read()).lines).toEqual([line(2)]);
  writeFileSync(join(raw, rawFileName(7, 3)), `${JSON.stringify(line(3, 'x'.repeat(60_000)))}\n`.repeat(200));
  const cut = await read();
  expect(cut.isCut).toBe(true);
  expect(cut.lines.length).toBeLessThan(150);
});

test.skipIf(!isRoot)('files that the agent may not read are not read', async () => {
  segment(1, line(1));
  execFileSync('chown', ['-R', `${AGENT}:${AGENT}`, harness]);
  execFileSync('chown', ['0:0', join(raw, rawFileName(7, 1))]);
  chmodSync(join(raw, rawFileName(7, 1)), 0o600);
  const denied = await readRawLines({ harness, turn: 7, uid: AGENT });
  expect(denied).toMatchObject({ lines: [], problem: expect.stringContaining('Permission denied') });
});
