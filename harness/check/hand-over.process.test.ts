import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handOver, handOverEnvironment } from './hand-over.ts';

let dir: string;
let socketPath: string;
let server: Server;
let taken: { path: string; body: string }[];
/** What the forge answers to the next ones, before it takes them. */
let answers: (number | 'breaks off')[];
const said: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hand-over-'));
  socketPath = join(dir, 'agent.sock');
  [taken, answers] = [[], []];
  said.length = 0;
  server = createServer((call, answer) => {
    const next = answers.shift() ?? 200;
    if (next === 'breaks off') return void call.socket.destroy();
    let body = '';
    call.setEncoding('utf8').on('data', (part: string) => (body += part));
    call.once('end', () => {
      if (next === 200) taken.push({ path: decodeURIComponent(call.url ?? ''), body });
      const code = next === 409 ? 'key_conflict' : 'forge_quota';
      answer.writeHead(next).end(JSON.stringify(next === 200 ? {} : { error: { code, message: 'No room.' } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

async function make(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(dir, 'work', path, '..'), { recursive: true });
    await writeFile(join(dir, 'work', path), text);
  }
}
const run = (artifacts: string[], reports: string[] = []) =>
  handOver(
    handOverEnvironment.parse({
      PATH: '/usr/bin:/bin',
      HIVE_CHECK_ARTIFACTS: JSON.stringify(artifacts),
      HIVE_CHECK_REPORTS: JSON.stringify(reports),
      HIVE_CHECK_CACHES: '[]',
    }),
    (line) => said.push(line),
    { dir: join(dir, 'work'), socketPath },
  );

test('files that patterns name are handed over, whole directories too, each once, and reports before them', async () => {
  await make({
    'dist/a.tgz': 'aa',
    'dist/b/c.txt': '',
    'dist.txt': 'no',
    '.cov/x': 'x',
    'out/junit.xml': '<testsuite/>',
  });
  expect(await run(['dist', 'dist/*.tgz', '.cov/**', 'nothing/*'], ['out/*.xml'])).toBe(0);
  expect(taken).toEqual([
    { path: '/check/reports', body: '<testsuite/>' },
    { path: '/check/artifacts?name=dist/a.tgz', body: 'aa' },
    { path: '/check/artifacts?name=dist/b/c.txt', body: '' },
    { path: '/check/artifacts?name=.cov/x', body: 'x' },
  ]);
  expect(said).toContain('[artifact "dist/a.tgz": kept]');
});

test('links and what is no file are left out, wherever they lead', async () => {
  await make({ 'dist/a': 'a', 'other/secret': 'no' });
  await symlink('/etc/passwd', join(dir, 'work/dist/passwd'));
  await symlink('../other', join(dir, 'work/dist/other'));
  await symlink('other', join(dir, 'work/linked'));
  await promisify(execFile)('mkfifo', [join(dir, 'work/dist/pipe')]);
  expect(await run(['dist/**', 'linked/secret', 'linked', 'other/../other/secret'])).toBe(0);
  expect(taken.map(({ path }) => path)).toEqual(['/check/artifacts?name=dist/a']);
});

test('a forge that is away is asked again; what it refuses is said, and the others follow', async () => {
  await make({ 'dist/a': 'a', 'dist/b': 'b' });
  answers = ['breaks off', 503];
  expect(await run(['dist/a'])).toBe(0);
  // The answer was lost, and the forge has it.
  answers = ['breaks off', 409];
  expect(await run(['dist/a'])).toBe(0);
  answers = [429];
  expect(await run(['dist'])).toBe(1);
  expect(said.slice(-2)).toEqual(['[artifact "dist/a": left out, No room.]', '[artifact "dist/b": kept]']);
  expect(taken.map(({ path }) => path)).toEqual(['/check/artifacts?name=dist/a', '/check/artifacts?name=dist/b']);
});
