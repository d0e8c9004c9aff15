import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import type { RepoName } from '../../../protocol/names.ts';
import { forgeSurface } from '../../../protocol/operations/services.ts';
import { startForgeProcess } from '../../../forge/testing/forge-process.ts';
import { connectSurface } from '../../../wire/client.ts';
import { median, type Scenario } from '../figure.ts';

const FILES = 5_000;
const ROWS = 10_000;
const MERGES = 30;
/** Pull requests on one page of Gitea's API. */
const PAGE = 50;
const READS = 20;
const app = { owner: 'operator' as const, name: 'app' as RepoName };

/**
 * The forge alone, as hived starts it, on a repository of 5,000 files: merges, a pull request that changes every file,
 * a page of Gitea's API, and lists among 10,000 pull requests; beside git alone for the same work.
 */
export const pulls: Scenario = {
  names: ['pulls.merge', 'pulls.diff5000', 'pulls.gitea50', 'pulls.gitea50.again', 'pulls.list10000'],
  async run({ say, atEnd }) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-forge-'));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    await mkdir(join(dir, 'root'), { recursive: true });
    const repository = join(dir, 'root/repositories/operator/app.git');
    say(`a repository of ${FILES} files and ${MERGES + PAGE} branches`);
    seed(repository, dir);
    const forge = await open(dir, atEnd);
    for (let at = 0; at < MERGES + PAGE; at += 1)
      await forge.call('openPull', { ...app, head: `b${at}`, title: `change ${at}` });
    const whole = (await forge.call('openPull', { ...app, head: 'all', title: 'change all' })).pull;

    const git = Object.assign((...argv: string[]) => run(dir, [`--git-dir=${repository}`, ...argv]), {
      with: (input: string, ...argv: string[]) => run(dir, [`--git-dir=${repository}`, ...argv], input),
    });
    const diffs = await times(READS, () => forge.call('describePull', { ...app, number: whole.number }));
    const gitDiffs = await times(READS, async () => git('diff', '--numstat', '-z', 'main...all'));
    say(`${MERGES} merges`);
    const merges: number[] = [];
    const gitMerges: number[] = [];
    for (let number = 1; number <= MERGES; number += 1) {
      gitMerges.push(...(await times(1, async () => mergeAlone(git, number - 1))));
      merges.push(...(await times(1, () => forge.call('mergePull', { ...app, number }))));
    }
    say(`a page of ${PAGE} pull requests`);
    const cold: number[] = [];
    const warm: number[] = [];
    const gitPages: number[] = [];
    const pairs = Array.from({ length: PAGE }, (_, at) => `main b${MERGES + at}\n`).join('');
    for (let round = 0; round < READS; round += 1) {
      // Another base: nothing is known of its merges.
      const [tree = '', tip = ''] = git('rev-parse', 'main^{tree}', 'main').split('\n');
      git('update-ref', 'refs/heads/main', git('commit-tree', tree, '-p', tip, '-m', `round ${round}`).trim());
      // Each token has an allowance of its own, which would be used up.
      const ask = await pageOf(forge, join(dir, 'tokens.sock'), round);
      cold.push(...(await times(1, ask)));
      warm.push(...(await times(1, ask)));
      gitPages.push(...(await times(1, async () => git.with(pairs, 'merge-tree', '--write-tree', '--stdin'))));
    }
    say(`${ROWS} pull requests`);
    seedRows(join(dir, 'root/forge.db'));
    const lists = await times(READS, () => forge.call('listPulls', { ...app, state: 'closed', author: 'scout' }));
    return [
      { name: 'pulls.merge', value: median(merges), unit: 'ms', floor: median(gitMerges) },
      { name: 'pulls.diff5000', value: median(diffs), unit: 'ms', floor: median(gitDiffs) },
      { name: 'pulls.gitea50', value: median(cold), unit: 'ms', floor: median(gitPages) },
      { name: 'pulls.gitea50.again', value: median(warm), unit: 'ms', floor: null },
      { name: 'pulls.list10000', value: median(lists), unit: 'ms', floor: null },
    ];
  },
};

async function open(dir: string, atEnd: (end: () => Promise<unknown>) => unknown) {
  const child = await startForgeProcess(join(process.cwd(), 'dist/forge.mjs'), dir, []);
  atEnd(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'));
  atEnd(() => forge.close());
  return forge;
}

/** main with all files, a branch that changes all of them, and branches that change one each. */
function seed(repository: string, home: string): void {
  run(home, ['init', '-q', '--bare', '-b', 'main', repository]);
  const file = (at: number, text: string) => `M 100644 inline d${at % 50}/f${at}\ndata ${text.length}\n${text}\n`;
  const commit = (branch: string, from: string, files: string) =>
    `commit refs/heads/${branch}\ncommitter a <a@b> 1700000000 +0000\ndata 1\nx\n${from}${files}\n`;
  const every = (text: string) => Array.from({ length: FILES }, (_, at) => file(at, `${text} ${at}\n`)).join('');
  const ones = Array.from({ length: MERGES + PAGE }, (_, at) =>
    commit(`b${at}`, 'from refs/heads/main\n', file(at, 'one\n')),
  );
  const input = [commit('main', '', every('first')), commit('all', 'from refs/heads/main\n', every('all')), ...ones];
  run(home, [`--git-dir=${repository}`, 'fast-import', '--quiet'], input.join(''));
}

/** Asks for the open pull requests as a client of Gitea's API does; throws unless all are there. */
async function pageOf(
  forge: Awaited<ReturnType<typeof open>>,
  socketPath: string,
  round: number,
): Promise<() => Promise<void>> {
  const limits = { owner: 'operator' as const, scopes: ['read:repository' as const], days: 1 };
  const { value } = await forge.call('createForgeToken', { name: `bench-${round}`, ...limits });
  const path = `/api/v1/repos/operator/app/pulls?limit=${PAGE}&sort=oldest`;
  return async () => {
    const sent = request({ socketPath, path, headers: { authorization: `token ${value}` } }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const found: unknown = JSON.parse(await text(answer));
    if (!Array.isArray(found) || found.length !== PAGE)
      throw new Error(`no page of pull requests: ${answer.statusCode}`);
  };
}

/** What git alone needs for a merge, on a branch beside main. */
function mergeAlone(git: (...argv: string[]) => string, at: number): void {
  const [tree = ''] = git('merge-tree', '--write-tree', 'main', `b${at}`).split('\n');
  const commit = git('commit-tree', tree, '-p', 'main', '-p', `b${at}`, '-m', 'merge').trim();
  git('update-ref', 'refs/heads/alone', commit);
}

function seedRows(file: string): void {
  const db = new Database(file);
  const { id } = db.prepare(`SELECT id FROM repositories WHERE name = 'app'`).get() as { id: number };
  const insert = db.prepare(
    `INSERT INTO pulls (repository_id, number, author, title, body, state, draft, base, head, head_oid, opened_at, updated_at, ended_at, ended_by)
       VALUES (?, ?, ?, 'a title of usual length', 'text', 'closed', 0, 'main', ?, ?, 1, 1, 1, 'operator')`,
  );
  db.transaction(() => {
    for (let at = 0; at < ROWS; at += 1)
      insert.run(id, 1_000 + at, at % 100 === 0 ? 'scout' : 'coder', `h${at}`, '0'.repeat(40));
  })();
  db.close();
}

async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken = [];
  for (let round = 0; round < count; round += 1) {
    const from = performance.now();
    await work();
    taken.push(performance.now() - from);
  }
  return taken;
}

function run(home: string, argv: readonly string[], input = ''): string {
  const who = ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'a'],
    [`GIT_${role}_EMAIL`, 'a@b'],
  ]);
  const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1', ...Object.fromEntries(who) };
  return execFileSync('git', argv, { encoding: 'utf8', input, env, maxBuffer: 64 * 1024 * 1024 });
}
