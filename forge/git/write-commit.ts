import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import { emailOf, type Signature, signatureEnv } from './merge.ts';
import { type Git, gitFailed } from './process.ts';
import { readBytes } from './read-bytes.ts';

/** A file as the next commit has it; `bytes` null: it has it no more. */
export interface FileWrite {
  readonly path: string;
  readonly mode: string;
  readonly bytes: Buffer | null;
}

export interface CommitWork {
  /** The repository, and the environment that keeps new objects aside in `dir`. */
  readonly path: string;
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The commit before; null: the first one. */
  readonly parent: string | null;
  readonly message: string;
  readonly author: Signature & { readonly email?: string };
  readonly committer: Signature;
}

/** A commit with these files changed, without a work tree; moves no ref. Throws `invalid_input` for a path that git refuses. */
export async function commitFiles(git: Git, work: CommitWork, files: readonly FileWrite[]): Promise<string> {
  const { path, dir, parent } = work;
  const env = { ...work.env, GIT_INDEX_FILE: join(dir, 'index') };
  const run = async (argv: readonly string[], input?: string) =>
    (await git.run([`--git-dir=${path}`, ...argv], { env, ...(input === undefined ? {} : { input }) })).trim();
  await run(parent === null ? ['read-tree', '--empty'] : ['read-tree', parent]);
  let lines = '';
  for (const { path: file, mode, bytes } of files)
    lines +=
      bytes === null
        ? `0 ${'0'.repeat(40)}\t${file}\0`
        : `${mode} ${await writeBlob(git, { path, env }, bytes)}\t${file}\0`;
  const argv = [`--git-dir=${path}`, 'update-index', '-z', '--index-info'];
  const { code, stderr } = await git.ask(argv, { env, input: lines });
  // git leaves out a path that it refuses, such as one below .git, and says so.
  if (code !== 0 || stderr.trim() !== '')
    throw new HiveError('invalid_input', `git takes no such path: ${stderr.trim().slice(0, 300)}`);
  const tree = await run(['write-tree']);
  if (parent !== null && tree === (await run(['rev-parse', `${parent}^{tree}`])))
    throw new HiveError('invalid_input', 'Nothing changes: the files have that content already.');
  const argvCommit = ['commit-tree', tree, ...(parent === null ? [] : ['-p', parent]), '-F', '-'];
  const { author, committer } = work;
  const signed = signatureEnv({ author, committer });
  const authored = { ...signed, GIT_AUTHOR_EMAIL: author.email ?? emailOf(author) };
  const made = await git.run([`--git-dir=${path}`, ...argvCommit], {
    env: { ...env, ...authored },
    input: work.message,
  });
  return made.trim();
}

/** The objects of `to` that `from` lacks, as a pack. */
export function packNew(
  git: Git,
  { path, env }: Pick<CommitWork, 'path' | 'env'>,
  range: { from: string | null; to: string; maxBytes: number },
): Promise<Buffer> {
  const argv = [`--git-dir=${path}`, 'pack-objects', '--revs', '--stdout', '-q', '--threads=1'];
  const input = `${range.to}\n${range.from === null ? '' : `^${range.from}\n`}`;
  return readBytes(git, argv, { maxBytes: range.maxBytes, limitMs: LONGEST_PACK_MS, env, input });
}

const LONGEST_PACK_MS = 30_000;

async function writeBlob(git: Git, { path, env }: Pick<CommitWork, 'path' | 'env'>, bytes: Buffer): Promise<string> {
  const running = await git.start([`--git-dir=${path}`, 'hash-object', '-w', '--stdin'], env);
  running.stdin.end(bytes);
  let text = '';
  for await (const chunk of running.stdout) text += String(chunk);
  const { code, stderr } = await running.ended;
  if (code !== 0) throw gitFailed(code, stderr);
  return text.trim();
}
