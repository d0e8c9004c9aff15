import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { BlameRun, FileHistory, RepoFile, RepoTree, SearchHit } from '../../protocol/schemas/browse.ts';
import { blame, listHistory, listTree, type PathAt, readBlobText, searchFiles } from '../git/read-files.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { resolveCommit } from './resolve-commit.ts';
import { type Wanted, whileReading } from './while-reading.ts';

/** A path of a repository; `ref` undefined: the default branch. */
export type Place = Wanted & { readonly ref: string | undefined; readonly path: string };

const MOST_ENTRIES = 2_000;
const MOST_TEXT_BYTES = 512 * 1024;

/** What is in a repository, for those who may read it. Errors: `unknown_repo`, `not_found`, `service_unavailable`. */
export interface RepoReader {
  tree(caller: RepoCaller, place: Place): Promise<RepoTree>;
  file(caller: RepoCaller, place: Place): Promise<RepoFile>;
  blame(caller: RepoCaller, place: Place): Promise<{ commit: string; runs: BlameRun[] }>;
  history(caller: RepoCaller, place: Place & { skip: number; limit: number }): Promise<FileHistory>;
  search(
    caller: RepoCaller,
    place: Omit<Place, 'path'> & { query: string },
  ): Promise<{ commit: string; hits: SearchHit[]; more: boolean }>;
}

export function createRepoReader(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): RepoReader {
  const at = <T>(caller: RepoCaller, place: Place, work: (found: PathAt) => Promise<T>) =>
    finish(readAt(core, caller, { ...place, work }));
  return {
    tree: (caller, place) => at(caller, place, (found) => readTree(core, found)),
    file: (caller, place) => at(caller, place, (found) => readFile(core, found)),
    blame: (caller, place) =>
      at(caller, place, async (found) => {
        if ((await readFile(core, found)).text === null)
          throw new HiveError('not_found', 'That file is no text, or too long to say where its lines are from.');
        return { commit: found.commit, runs: await blame(core.git, found) };
      }),
    history: (caller, { skip, limit, ...place }) =>
      at(caller, place, async (found) => {
        const commits = await listHistory(core.git, found, { skip, limit: limit + 1 });
        if (commits.length === 0 && skip === 0) throw missing(found);
        return { commit: found.commit, commits: commits.slice(0, limit), more: commits.length > limit };
      }),
    search: (caller, { query, ...place }) =>
      at(caller, { ...place, path: '' }, async ({ dir, commit }) => ({
        commit,
        ...(await searchFiles(core.git, { dir, commit }, query)),
      })),
  };
}

async function readAt<T>(
  core: ForgeCore,
  caller: RepoCaller,
  place: Place & { work: (found: PathAt) => Promise<T> },
): Promise<T> {
  const { path, ref, work } = place;
  return whileReading(core, { caller, wanted: place }, async (opened) => {
    const commit = await resolveCommit(core.git, opened, ref);
    return work({ dir: opened.path, commit, path });
  });
}

function missing({ path, commit }: PathAt): HiveError {
  return new HiveError('not_found', `There is no ${path === '' ? 'history' : path} at the commit ${commit}.`);
}

async function readTree(core: ForgeCore, found: PathAt): Promise<RepoTree> {
  const entries = await listTree(core.git, found, 'inside');
  if (entries.length === 0 && found.path !== '') throw missing(found);
  const sorted = entries
    .map(({ name, kind, size }) => ({ name, kind, size }))
    .toSorted((a, b) => Number(b.kind === 'directory') - Number(a.kind === 'directory'));
  return {
    commit: found.commit,
    entries: sorted.slice(0, MOST_ENTRIES),
    leftOut: Math.max(0, sorted.length - MOST_ENTRIES),
  };
}

async function readFile(core: ForgeCore, found: PathAt): Promise<RepoFile> {
  const [entry] = await listTree(core.git, found, 'itself');
  if (entry === undefined || entry.size === null || entry.kind === 'directory' || entry.kind === 'submodule')
    throw missing(found);
  const isSmall = entry.size <= MOST_TEXT_BYTES;
  const text = isSmall ? await readBlobText(core.git, found.dir, entry.oid) : null;
  const isBinary = isSmall && text === null;
  return { commit: found.commit, size: entry.size, text, isBinary, isSymlink: entry.kind === 'symlink' };
}
