import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';

/* Names of branches that git takes and programs around it may not, and kinds of repositories that git cannot mix. */
let rig: ForgeRig;
let work: string;
let url: string;
beforeAll(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/odd`;
  expect((await push('main')).code).toBe(0);
});
afterAll(() => rig.close());

const push = (...specs: string[]) => rig.git('-C', work, 'push', url, ...specs);
const branches = async () => {
  const { stdout } = await rig.git('ls-remote', '--heads', url);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split('refs/heads/')[1] ?? '');
};
/** All that a script of the shell printed; bytes as Latin-1. */
function runShell(script: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', script], { cwd: work, encoding: 'latin1' }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

/** Seen red: "RPC failed; HTTP 400", and "Everything up-to-date". */
test('a branch whose name is not UTF-8 is refused in one sentence behind its name; the repository stays as it was', async () => {
  const before = await branches();
  const name = String.raw`"refs/heads/$(printf 'b\\377\\376c')"`.replaceAll('\\\\', '\\');
  const said = await runShell(`git push ${url} main:${name} main:refs/heads/beside`);
  expect(said).toContain('Names of branches and tags must be UTF-8');
  expect(said).toContain('[remote rejected] main -> b\u00ff\u00fec');
  expect(said).not.toMatch(/RPC failed|up-to-date/);
  expect(await branches()).toEqual(before);
  expect((await push('main:refs/heads/beside')).code).toBe(0);
});

test('branches whose names differ in case only, or have quotes, markup and other scripts, are kept as they are', async () => {
  const odd = [
    'Feature',
    'feature',
    'FEATURE',
    'a"b',
    "it's",
    '<b>x</b>',
    'é',
    'é'.normalize('NFD'),
    '分支',
    'x'.repeat(240),
  ];
  expect((await push(...odd.map((name) => `main:refs/heads/${name}`))).code).toBe(0);
  expect((await branches()).filter((name) => odd.includes(name)).toSorted()).toEqual(odd.toSorted());
  const fact = (await rig.facts()).at(-1);
  expect((fact!.data as { refs: { ref: string }[] }).refs.map(({ ref }) => ref).toSorted()).toEqual(
    odd.map((name) => `refs/heads/${name}`).toSorted(),
  );
  await rig.restart();
  url = `${rig.urlOf(CODER)}/coder/odd`;
  expect((await push('main:after')).code).toBe(0);
  expect((await rig.git('clone', '-q', url, join(rig.dir, 'clone'))).code).toBe(0);
});

test('900 branches in one push are recorded, each once, and read again', async () => {
  const many = Array.from({ length: 900 }, (_, n) => `many/${n}`);
  expect((await push('-q', ...many.map((name) => `main:refs/heads/${name}`))).code).toBe(0);
  expect((await branches()).filter((name) => name.startsWith('many/'))).toHaveLength(900);
  const told = (await rig.facts()).flatMap(({ data }) =>
    ((data as { refs?: { ref: string }[] }).refs ?? []).map(({ ref }) => ref),
  );
  const mine = told.filter((ref) => ref.startsWith('refs/heads/many/'));
  expect([mine.length, new Set(mine).size]).toEqual([900, 900]);
  expect((await rig.git('-C', work, 'fetch', '-q', url, 'refs/heads/many/*:refs/remotes/x/*')).code).toBe(0);
});

test('a repository of SHA-256 is refused by git in words', async () => {
  const sha256 = join(rig.dir, 'sha256');
  await rig.git('init', '-q', '-b', 'main', '--object-format=sha256', sha256);
  await rig.git('-C', sha256, 'commit', '-q', '--allow-empty', '-m', 'one');
  const { code, stderr } = await rig.git('-C', sha256, 'push', url, 'main:other');
  expect(code).not.toBe(0);
  expect(stderr).toContain("does not support this repository's hash algorithm");
  expect(await branches()).not.toContain('other');
});
