import { LONGEST_READ_MS } from './diff.ts';
import { COMPARE } from './policy.ts';
import { type Git, gitFailed } from './process.ts';

/** A commit in full. Dates are ISO 8601 with the author's own offset. */
export interface Commit {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];
const FORMAT = `--format=${FIELDS.join('%x00')}`;
const PLAIN = ['-c', 'log.showSignature=false', '-c', 'log.follow=false'];

/** Which commits of a history. All ids are object ids. */
export interface Walk {
  readonly path: string;
  readonly tip: string;
  /** Without those in the history of this one. */
  readonly without?: string;
  /** Those that changed this file or directory. */
  readonly file?: string;
}

/** A page of the commits, the newest first. */
export async function readCommits(
  git: Git,
  walk: Walk,
  { skip, limit }: { skip: number; limit: number },
): Promise<Commit[]> {
  const argv = ['log', '-z', '--no-color', FORMAT, `--skip=${skip}`, `--max-count=${limit}`, ...range(walk)];
  return parse(await git.run([...PLAIN, `--git-dir=${walk.path}`, ...argv], { limitMs: LONGEST_READ_MS }));
}

/** The number of the commits. */
export async function countCommits(git: Git, walk: Walk): Promise<number> {
  const argv = ['rev-list', '--count', ...range(walk)];
  return Number(await git.run([`--git-dir=${walk.path}`, ...argv], { limitMs: LONGEST_READ_MS }));
}

/** These commits, in this order. */
export async function readTheseCommits(git: Git, path: string, oids: readonly string[]): Promise<Commit[]> {
  if (oids.length === 0) return [];
  const argv = ['log', '-z', '--no-color', '--no-walk=unsorted', '--stdin', FORMAT];
  const input = oids.map((oid) => `${oid}\n`).join('');
  const text = await git.run([...PLAIN, `--git-dir=${path}`, ...argv], { input, limitMs: LONGEST_READ_MS });
  const found = new Map(parse(text).map((commit) => [commit.oid, commit]));
  return oids.flatMap((oid) => found.get(oid) ?? []);
}

/** The commit that an object id means or, for a tag, leads to; null for anything else. */
export async function peel(git: Git, path: string, oid: string): Promise<string | null> {
  const argv = [`--git-dir=${path}`, 'rev-parse', '--verify', '--quiet', `${oid}^{commit}`];
  const { code, stdout } = await git.ask(argv);
  return code === 0 ? stdout.trim() : null;
}

/** Whether a branch or a tag has the commit in its history. False for an id of nothing or of no commit. */
export async function isInHistory(git: Git, path: string, oid: string): Promise<boolean> {
  const argv = ['for-each-ref', `--contains=${oid}`, '--count=1', '--format=%(refname)', 'refs/heads/', 'refs/tags/'];
  const { code, stdout } = await git.ask([`--git-dir=${path}`, ...argv], { limitMs: LONGEST_READ_MS });
  return code === 0 && stdout.trim() !== '';
}

/** A commit with what it changed, as `git show` prints it, or as a mail that `git am` takes. */
export async function readPatch(
  git: Git,
  { path, from, to }: { path: string; from: string | null; to: string },
  maxBytes: number,
): Promise<{ text: string; isCut: boolean }> {
  const what = from === null ? ['-1', to] : [`${from}..${to}`];
  const argv = ['format-patch', '--stdout', '--no-color', '--no-ext-diff', '--no-textconv', '--no-signature', ...what];
  const options = { maxBytes, limitMs: LONGEST_READ_MS };
  const { code, stdout, stderr, isCut } = await git.ask([...COMPARE, `--git-dir=${path}`, ...argv, '--'], options);
  if (code !== 0 && !isCut) throw gitFailed(code, stderr);
  return { text: stdout, isCut };
}

function range({ tip, without, file }: Walk): string[] {
  const only = file === undefined ? [] : [`:(literal,top)${file}`];
  return [tip, ...(without === undefined ? [] : [`^${without}`]), '--', ...only];
}

function parse(text: string): Commit[] {
  const parts = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + FIELDS.length <= parts.length; at += FIELDS.length) {
    const [oid = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      parts.slice(at, at + FIELDS.length);
    commits.push({
      oid,
      tree,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author: { name: an, email: ae, date: ad },
      committer: { name: cn, email: ce, date: cd },
      message,
    });
  }
  return commits;
}
