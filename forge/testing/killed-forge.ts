import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The repository operator/app of a forge whose files are below `dir`. */
export function repositoryIn(dir: string): string {
  return join(dir, 'root/repositories/operator/app.git');
}

export function gitIn(dir: string, argv: readonly string[]): string {
  return execFileSync('git', argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    },
  }).trim();
}

/**
 * Branches b1 to b`count`, each with a file of its own, written straight into the repository before the forge knows it.
 * `checks`: the file on main that declares them.
 */
export function makeBranches(dir: string, count: number, checks: string | null = null): void {
  const git = (...argv: string[]) => gitIn(dir, argv);
  git('init', '-q', '--bare', '-b', 'main', repositoryIn(dir));
  const bare = `--git-dir=${repositoryIn(dir)}`;
  git(bare, 'read-tree', '--empty');
  // write-tree takes the empty tree for known and does not write it; fsck misses it.
  git(bare, 'hash-object', '-w', '-t', 'tree', '--stdin');
  if (checks !== null) {
    const path = join(dir, 'checks.yaml');
    writeFileSync(path, checks);
    const file = git(bare, 'hash-object', '-w', path);
    git(bare, 'update-index', '--add', '--cacheinfo', `100644,${file},.hive/checks.yaml`);
  }
  const first = git(bare, 'commit-tree', git(bare, 'write-tree'), '-m', 'first');
  git(bare, 'update-ref', 'refs/heads/main', first);
  const blob = git(bare, 'hash-object', '-w', '--stdin');
  for (let at = 1; at <= count; at += 1) {
    git(bare, 'read-tree', first);
    git(bare, 'update-index', '--add', '--cacheinfo', `100644,${blob},f${at}`);
    const commit = git(bare, 'commit-tree', git(bare, 'write-tree'), '-p', first, '-m', `change ${at}`);
    git(bare, 'update-ref', `refs/heads/b${at}`, commit);
  }
}

/** Makes a call again that a kill cut off, until it is done; null: it was done before. */
export async function insist<T>(call: () => Promise<T>, doneBefore: readonly string[]): Promise<T | null> {
  for (;;)
    try {
      return await call();
    } catch (error) {
      if (doneBefore.includes((error as { code: string }).code)) return null;
      await sleep(5);
    }
}
