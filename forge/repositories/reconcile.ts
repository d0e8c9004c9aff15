import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type RepoName, type RepoOwner, repoName, repoOwner } from '../../protocol/names.ts';
import { finishRestores } from '../backup/replace-directory.ts';
import { pruneFacts } from '../store/facts.ts';
import { openPush } from '../store/pushes.ts';
import { allRepositories, deleteRepository } from '../store/repositories.ts';
import { DEFAULT_BRANCH, recordRepository } from './create-repository.ts';
import { restoreHeads } from '../pulls/keep-heads.ts';
import { openPulls } from '../store/pulls.ts';
import type { ForgeCore } from './forge-core.ts';
import { readNote } from './first-push-note.ts';
import { isRealDirectory, isRepositoryThere } from './places.ts';
import { recordRefs } from './record-refs.ts';
import { settlePushes } from './settle-pushes.ts';

/** Age at which directories of unfinished repositories are removed; a younger one may be another forge's. */
const STALE_MS = 60_000;
const AT_ONCE = 8;

/**
 * Reconciles forge.db and the directories at start. Git is the truth: directories without a row are adopted (an
 * unrecorded first push under its pusher's name), rows without a directory are deleted, and ref changes without a
 * fact are recorded once (after a crash between a push and its fact).
 */
export async function reconcile(core: ForgeCore): Promise<void> {
  pruneFacts(core.db, core.clock() - core.limits.keepFactsMs);
  finishRestores(core);
  await removeUnfinished(core);
  await forgetMissing(core);
  await adoptUnknown(core);
  await settlePushes(core);
  const rest = allRepositories(core.db);
  const work = async () => {
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      const { id, owner, name } = next;
      const compare = async () => {
        await recordRefs(core, id, null);
        await restoreHeads(core.git, core.places.repositoryDir(next), openPulls(core.db, id));
      };
      await compare().catch((error: unknown) =>
        core.log.error({ repo: `${owner}/${name}`, err: error }, 'refs could not be compared'),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function removeUnfinished({ places, clock }: ForgeCore): Promise<void> {
  for (const name of await readdir(places.incoming)) {
    const maker = Number(/^(\d+)\./.exec(name)?.[1] ?? 0);
    const path = join(places.incoming, name);
    if (maker > 0 && maker !== process.pid && !isAlive(maker)) await rm(path, { recursive: true, force: true });
    else await removeIfOld(path, clock());
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function removeIfOld(path: string, now: number): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found !== null && now - found.mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
}

async function forgetMissing(core: ForgeCore): Promise<void> {
  for (const repository of allRepositories(core.db)) {
    if (await isRepositoryThere(core.places, repository)) continue;
    const { owner, name } = repository;
    core.log.warn({ repo: `${owner}/${name}` }, 'its directory is gone (or a symlink): the repository is forgotten');
    const fact = { kind: 'forge.repo_removed' as const, by: 'system', repo: `${owner}/${name}`, data: { kept: null } };
    core.db
      .transaction(() => {
        deleteRepository(core.db, repository.id);
        core.outbox.add({ ...fact, at: core.clock() });
      })
      .immediate();
  }
}

async function adoptUnknown(core: ForgeCore): Promise<void> {
  const known = new Set(allRepositories(core.db).map(({ owner, name }) => `${owner}/${name}`));
  for (const { owner, name } of await listDirectories(core)) {
    if (known.has(`${owner}/${name}`)) continue;
    core.log.warn({ repo: `${owner}/${name}` }, 'a repository without a record is adopted');
    const path = core.places.repositoryDir({ owner, name });
    const head = await readFile(join(path, 'HEAD'), 'utf8');
    const defaultBranch = HEAD.exec(head)?.[1] ?? DEFAULT_BRANCH;
    const note = await readNote(path);
    const found = { owner, name, description: '', by: note?.by ?? 'system', defaultBranch };
    const adopt = core.db.transaction(() => {
      const { id } = recordRepository(core, found);
      // Its git has ended; our own pid belongs to no git.
      if (note !== null) openPush(core.db, { ...note, repositoryId: id, pid: process.pid, at: core.clock() });
    });
    adopt.immediate();
    core.outbox.announce();
  }
}

/** Every repository on disk; an entry with an invalid name or that is no plain directory is logged and left alone. */
async function listDirectories({ places, log }: ForgeCore): Promise<{ owner: RepoOwner; name: RepoName }[]> {
  const found = [];
  for (const ownerEntry of await readdir(places.repositories)) {
    const owner = repoOwner.safeParse(ownerEntry);
    if (!owner.success || !(await isRealDirectory(places.ownerDir(owner.data)))) {
      log.warn({ entry: ownerEntry }, 'not an owner of repositories: left alone');
      continue;
    }
    for (const entry of await readdir(places.ownerDir(owner.data))) {
      const name = repoName.safeParse(entry.replace(/\.git$/, ''));
      const path = join(places.ownerDir(owner.data), entry);
      if (name.success && entry.endsWith('.git') && (await isRealDirectory(path)) && (await isBare(path)))
        found.push({ owner: owner.data, name: name.data });
      else log.warn({ entry: `${ownerEntry}/${entry}` }, 'not a repository: left alone');
    }
  }
  return found;
}

async function isBare(path: string): Promise<boolean> {
  const head = await readFile(join(path, 'HEAD'), 'utf8').catch(() => '');
  return HEAD.test(head) || DETACHED.test(head);
}

/** HEAD of a repository with tags and no branch. */
const DETACHED = /^(?:[0-9a-f]{40}|[0-9a-f]{64})\n?$/;

const HEAD = /^ref: refs\/heads\/(.+)\n?$/;
