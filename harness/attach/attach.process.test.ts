import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTakeover, type Takeover } from '../turn/takeover.ts';
import { serveAttach } from './serve-attach.ts';
import { useAttach } from './use-attach.ts';

let dir: string;
let path: string;
let takeover: Takeover;
let door: Awaited<ReturnType<typeof serveAttach>>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'attach-'));
  path = join(dir, 'attach.sock');
  takeover = createTakeover();
  door = await serveAttach(takeover, path);
});

afterEach(async () => {
  await door.close();
  await rm(dir, { recursive: true });
});

function serve(script: string, turnRuns = false): void {
  takeover.serve({
    facts: () => ({ turnRuns, sessionId: 's', hasTerminal: true }),
    launch: async () => ({ argv: [process.execPath, '-e', script], env: { GIVEN: '3' }, cwd: dir }),
  });
}

test('the CLI runs with its own environment and that of the terminal; turns wait until it has ended', async () => {
  serve('process.exit(Number(process.env.GIVEN) + Number(process.env.TERMINAL))');
  expect(await useAttach(path, { TERMINAL: '4' }, () => undefined)).toBe(7);
  await takeover.free(new AbortController().signal);
});

test('whoever cannot have the conversation is told why', async () => {
  serve('', true);
  const said: string[] = [];
  expect(await useAttach(path, {}, (line) => said.push(line))).toBe(75);
  expect(said).toEqual(['A turn runs. Try again when it is over.']);
});

test('without a harness there is nothing to attach to', async () => {
  const said: string[] = [];
  expect(await useAttach(join(dir, 'other.sock'), {}, (line) => said.push(line))).toBe(69);
  expect(said.join()).toContain('does not answer');
});

test('the end of the harness ends the CLI', async () => {
  serve('setInterval(() => undefined, 1_000)');
  const running = useAttach(path, {}, () => undefined);
  await expect
    .poll(async () => {
      const begun = await takeover.begin();
      if ('refused' in begun) return begun.refused;
      begun.end();
      return null;
    })
    .toContain('Somebody else');
  await door.close();
  expect(await running).toBe(1);
  door = await serveAttach(takeover, path);
});
