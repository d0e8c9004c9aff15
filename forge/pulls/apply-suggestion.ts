import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { PullView } from '../../protocol/schemas/pull.ts';
import { readSuggestion } from '../../protocol/suggestion.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { commitFile, readTextFile } from '../git/change-file.ts';
import { assertBranch, readRefs } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { type Entry, findEntry } from '../store/pull-entries.ts';
import { type Pull, viewPull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { holdBranches } from './hold-branches.ts';
import { assertMayMove, moveBranch } from './move-branch.ts';
import { nameOfPull } from './notify.ts';
import { assertOwnHead } from './open-fork.ts';
import { placeComments } from './place-comments.ts';
import { getPull, presentCaller } from './pull-repository.ts';

export interface SuggestionWish extends RepoPath {
  readonly number: number;
  /** The entry of the conversation that has the suggestion. */
  readonly entry: number;
  readonly signal: AbortSignal;
}

/**
 * Commits what a comment suggests in place of its line, as a push of whoever asks. Throws `unknown_repo`,
 * `unknown_pull`, `forbidden`, `not_found` for an entry without a suggestion and for a missing branch, `pull_ended`,
 * `pull_moved` when the line was changed since, `nothing_to_merge` when it has that text already, `contains_secret`,
 * `service_unavailable`.
 */
export async function applySuggestion(core: ForgeCore, asker: RepoCaller, wish: SuggestionWish): Promise<PullView> {
  const { owner, name, number, signal } = wish;
  const asked = await openRepository(core, { caller: asker, action: 'push', owner, name });
  const { body } = getSuggestion(core, getPull(core, asked, number), wish.entry).entry;
  await assertNoSecret(core, body, signal);
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    // An agent may have lost its rights while it waited.
    const caller = presentCaller(core, asker);
    assertAllowed(core, { caller, action: 'push', owner, name });
    const pull = getPull(core, repository, number);
    if (pull.state !== 'open')
      throw new HiveError('pull_ended', `${nameOfPull(repository, pull)} is ${pull.state}: nothing is changed in it.`);
    assertOwnHead(pull);
    assertBranch(await readRefs(core.git, core.places.repositoryDir(repository)), pull.head);
    assertMayMove(core, repository, { caller, branch: pull.head, isNew: false, isForced: false });
    const by = nameOf(caller);
    const commit = await makeCommit(core, { repository, pull, by, entry: wish.entry });
    await moveBranch(core, { repository, by, branch: pull.head, from: pull.headOid, to: commit });
    const changed = getPull(core, repository, number);
    if (changed.headOid !== commit)
      throw new HiveError('pull_moved', `${pull.head} moved meanwhile. Look at the pull request, then try again.`);
    return viewPull(core.db, changed, repository);
  });
}

function getSuggestion(
  { db }: Pick<ForgeCore, 'db'>,
  pull: Pull,
  id: number,
): { entry: Entry; file: string; lines: readonly string[] } {
  const entry = findEntry(db, pull.id, id);
  const lines = entry === null ? null : readSuggestion(entry.body);
  if (entry === null || lines === null || entry.path === null || entry.line === null)
    throw new HiveError('not_found', 'That entry suggests nothing for a line: name one with a ```suggestion block.');
  return { entry, file: entry.path, lines };
}

async function makeCommit(
  core: ForgeCore,
  work: { repository: Repository; pull: Pull; by: string; entry: number },
): Promise<string> {
  const { repository, pull, by } = work;
  const { entry, file, lines } = getSuggestion(core, pull, work.entry);
  const path = core.places.repositoryDir(repository);
  const places = await placeComments(core, [entry], { path, head: pull.headOid });
  const line = places.get(entry.id) ?? null;
  const found = line === null ? null : await readTextFile(core.git, path, { commit: pull.headOid, file });
  const text = line === null || found === null ? null : replaceLine(found.text, line, lines);
  if (line === null || found === null || text === null)
    throw new HiveError('pull_moved', 'The line was changed since, or its file cannot be changed here. Do it by hand.');
  if (text === found.text) throw new HiveError('nothing_to_merge', 'The line has that text already.');
  const index = join(core.places.incoming, `${process.pid}.index-${randomUUID()}`);
  try {
    return await commitFile(core.git, {
      path,
      parent: pull.headOid,
      file,
      mode: found.mode,
      text,
      message: `Apply a suggestion of ${entry.by}\n\nFor #${pull.number}, in line ${line} of ${file}.\n`,
      by: { name: by, at: core.clock() },
      index,
    });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** The text with other lines in place of one, with its ends of lines; null: there is no such line. */
export function replaceLine(text: string, line: number, lines: readonly string[]): string | null {
  const all = text.split('\n');
  const old = all[line - 1];
  if (old === undefined || (old === '' && line === all.length)) return null;
  const end = old.endsWith('\r') ? '\r' : '';
  return [...all.slice(0, line - 1), ...lines.map((one) => `${one}${end}`), ...all.slice(line)].join('\n');
}
