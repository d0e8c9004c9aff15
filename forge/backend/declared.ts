import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { HiveError } from '../../protocol/errors.ts';
import { type RepoName, SYSTEM } from '../../protocol/names.ts';
import { readRefs } from '../git/look.ts';
import { listEntries } from '../git/tree.ts';
import { commitFiles, type FileWrite } from '../git/write-commit.ts';
import { holdBranches } from '../pulls/hold-branches.ts';
import { moveBranch } from '../pulls/move-branch.ts';
import { withScratchObjects } from '../pulls/scratch-objects.ts';
import { createRepository } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { rulesOf } from '../store/branch-rules.ts';
import { allRepositories, findRepository, type Repository } from '../store/repositories.ts';

const OWNER = 'hive' as const;
const NAME = 'config' as RepoName;
const PLAIN_FILE = '100644';

export interface Declared {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly message: string;
  readonly author: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the files of hive/config those given and the rules of branches, by one commit if anything differs. hived alone
 * calls it; the move of the branch is the hive's own, recorded as every other. Throws `contains_secret`,
 * `service_unavailable`.
 */
export async function writeDeclared(
  core: ForgeCore,
  { files, message, author, signal }: Declared,
): Promise<{ commit: string; isNew: boolean }> {
  const wanted = new Map([...files.map(({ path, text }) => [path, text] as const), ...ruleFiles(core)]);
  await assertNoSecret(core, [message, ...[...wanted].flat()].join('\n'), signal);
  const asked = findRepository(core.db, OWNER, NAME) ?? (await create(core));
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    const path = core.places.repositoryDir(repository);
    const branch = repository.defaultBranch;
    const tip = (await readRefs(core.git, path)).get(`refs/heads/${branch}`) ?? null;
    const changes = await findChanges(core, { path, tip }, wanted);
    if (changes.length === 0 && tip !== null) return { commit: tip, isNew: false };
    const at = core.clock();
    const signed = { author: { name: author, at }, committer: { name: OWNER, at } };
    const commit = await withScratchObjects(core, path, (_env, dir) =>
      // Into the repository: the branch gets it at once, and what a kill leaves is pruned.
      commitFiles(core.git, { path, dir, env: {}, parent: tip, message, ...signed }, changes),
    );
    if (!(await moveBranch(core, { repository, by: SYSTEM, branch, from: tip, to: commit })))
      throw new HiveError('service_unavailable', 'The branch of hive/config could not be moved. Try again.');
    return { commit, isNew: true };
  });
}

function create(core: ForgeCore): Promise<Repository> {
  return createRepository(core, {
    owner: OWNER,
    name: NAME,
    description: 'What is declared in this hive: agents, projects, rules, settings',
    by: SYSTEM,
  });
}

/** The rules of protected branches, a file for each repository that has some. */
function ruleFiles({ db }: ForgeCore): [string, string][] {
  return allRepositories(db).flatMap(({ id, owner, name }) => {
    const rules = rulesOf(db, id);
    return rules.length === 0 ? [] : [[`rules/${owner}/${name}.yaml`, stringify({ rules })]];
  });
}

async function findChanges(
  core: ForgeCore,
  { path, tip }: { path: string; tip: string | null },
  wanted: ReadonlyMap<string, string>,
): Promise<FileWrite[]> {
  const entries = tip === null ? [] : await listEntries(core.git, { path, tip, directory: '', recursive: true });
  const there = new Map(entries.filter(({ type }) => type !== 'tree').map((entry) => [entry.path, entry]));
  const gone = [...there.keys()].filter((file) => !wanted.has(file));
  const differs = [...wanted].filter(([file, text]) => {
    const entry = there.get(file);
    return entry?.mode !== PLAIN_FILE || entry.oid !== idOf(text);
  });
  return [
    ...gone.map((file) => ({ path: file, mode: PLAIN_FILE, bytes: null })),
    ...differs.map(([file, text]) => ({ path: file, mode: PLAIN_FILE, bytes: Buffer.from(text) })),
  ];
}

/** git's id of a file with this text. */
function idOf(text: string): string {
  const bytes = Buffer.from(text);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
