import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareHome } from './prepare-home.ts';

let dir: string;
let chats: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gemini-home-'));
  chats = join(dir, '.gemini/tmp/state/chats');
  await mkdir(chats, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

const prepare = () =>
  prepareHome({
    dir,
    guardPath: join(dir, 'guard.mjs'),
    promptPath: join(dir, 'system.md'),
    settings: {},
    systemPrompt: 'You are a test.',
  });
const write = (name: string, text: string) => writeFile(join(chats, name), text);

test('a session that a person continued in the same minute is not lost to the empty one beside it', async () => {
  await write('session-2026-01-01T10-00-aaaaaaaa.jsonl', 'the conversation');
  await prepare();
  expect(await readdir(chats)).toEqual(['session-kept-2026-01-01T10-00-aaaaaaaa.jsonl']);
  await write('session-2026-01-01T10-00-aaaaaaaa.jsonl', 'begun by the terminal interface');
  await write('session-2026-01-01T10-00-bbbbbbbb.jsonl', 'another conversation');
  await prepare();
  const names = await readdir(chats);
  expect(names.toSorted()).toEqual([
    'session-kept-2026-01-01T10-00-aaaaaaaa.jsonl',
    'session-kept-2026-01-01T10-00-bbbbbbbb.jsonl',
  ]);
  expect(await readFile(join(chats, names.toSorted()[0] ?? ''), 'utf8')).toBe('the conversation');
});
