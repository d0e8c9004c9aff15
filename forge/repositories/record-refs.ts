import { chooseDefaultBranch, measureObjects, readHead, placeHead, readRefs } from '../git/look.ts';
import { closePush, type OpenPush, openPushes } from '../store/pushes.ts';
import { applyRefChanges, diffRefs, knownRefs, type RefChange } from '../store/refs.ts';
import {
  getRepository,
  knownHead,
  type Repository,
  type RepositorySummary,
  storeSummary,
} from '../store/repositories.ts';
import { attributeChanges } from './attribute-changes.ts';
import { followRefs } from '../pulls/follow-refs.ts';
import { NO_MOVES, readPullMoves } from '../pulls/read-moves.ts';
import type { ForgeCore } from './forge-core.ts';
import { mailLostPush, noteLostPush } from './note-lost-push.ts';
import type { LostPush } from './push-result.ts';
import { removeLeftovers } from './remove-leftovers.ts';

/** Maximum number of refs in one fact; a larger push makes several. */
const REFS_PER_FACT = 200;

/** An open push whose git has ended. */
export interface EndedPush {
  readonly id: number;
  /** Whether its client disconnected without an answer: then the fact carries mail for its author. */
  readonly isLost: () => boolean;
}

/**
 * Compares git's refs with the recorded ones and writes each difference as a `forge.pushed` fact, in one transaction
 * with the new record and the push's end. Idempotent: each change is recorded once, however often and by whomever
 * this is called, also by two forges at once.
 *
 * `ended` is an open push that holds the repository and whose git has ended. While it is open nobody else moves refs
 * (see openPush); once it has been recorded and closed elsewhere, nothing is written here. With null (no push, `system`)
 * nothing is written while any push holds the repository. Leftovers of ended pushes on the disk are removed first.
 */
export async function recordRefs(core: ForgeCore, repositoryId: number, ended: EndedPush | null): Promise<void> {
  const { db, git, places } = core;
  const pushId = ended?.id ?? null;
  const isLost = () => ended?.isLost() ?? false;
  const isOver = () => findAuthor(core, repositoryId, pushId) !== undefined;
  const isAlone = () => openPushes(db, repositoryId).every(({ id }) => id === pushId);
  const found = getRepository(db, repositoryId);
  if (found !== null)
    await removeLeftovers(core, places.repositoryDir(found), { isOver, isAlone, isHeld: pushId !== null });
  for (;;) {
    const before = getRepository(db, repositoryId);
    const push = findAuthor(core, repositoryId, pushId);
    if (before === null || push === undefined) return;
    const path = places.repositoryDir(before);
    const refs = await readRefs(git, path);
    const changes = diffRefs(knownRefs(db, repositoryId), refs);
    const look = changes.length === 0 ? null : await lookAt(core, before, refs);
    const moves =
      changes.length === 0 ? NO_MOVES : await readPullMoves(core, { repository: before, path }, { refs, changes });
    const at = core.clock();
    const write = db.transaction((): 'done' | 'over' | 'again' => {
      if (findAuthor(core, repositoryId, pushId) === undefined) return 'over';
      if (getRepository(db, repositoryId)?.refsVersion !== before.refsVersion) return 'again';
      if (look !== null) {
        storeSummary(db, repositoryId, { ...look, pushedAt: at });
        applyRefChanges(db, repositoryId, changes);
        for (const part of attributeChanges(push, changes)) {
          // One notice per push: its first fact carries it.
          let mail = part.by === push?.by && isLost() ? mailLostPush(core, lostPush(before, push, part.changes)) : null;
          for (const fact of toFacts(before, part.changes, part.by)) {
            core.outbox.add({ ...fact, at, mail: mail === null ? [] : [mail] });
            mail = null;
          }
        }
      }
      const authored = attributeChanges(push, changes).flatMap((part) =>
        part.changes.map((change) => ({ ...change, by: part.by })),
      );
      followRefs(core, before, { changes: authored, moves });
      if (push !== null && isLost() && !attributeChanges(push, changes).some(({ by }) => by === push.by))
        noteLostPush(core, lostPush(before, push, []));
      if (pushId !== null) closePush(db, pushId);
      return 'done';
    });
    const outcome = write.immediate();
    if (outcome === 'again') continue;
    if (outcome === 'done') {
      core.outbox.announce();
      core.checks.wanted();
    }
    return;
  }
}

function lostPush({ owner, name }: Repository, push: OpenPush, changes: readonly RefChange[]): LostPush {
  return { by: push.by, repo: `${owner}/${name}`, commands: push.commands ?? [], changes, reason: null };
}

/** The push of that id, which holds the repository; null stands for `system`. Undefined: the caller must not write. */
function findAuthor(core: ForgeCore, repositoryId: number, pushId: number | null): OpenPush | null | undefined {
  const open = openPushes(core.db, repositoryId).filter(({ isReceiving }) => !isReceiving);
  if (pushId === null) return open.length === 0 ? null : undefined;
  return open.find(({ id }) => id === pushId);
}

/** The columns that lists show; points HEAD at another branch first when its own is missing. */
async function lookAt(core: ForgeCore, repository: Repository, refs: ReadonlyMap<string, string>) {
  const path = core.places.repositoryDir(repository);
  const defaultBranch = chooseDefaultBranch(repository.defaultBranch, refs);
  await placeHead(core.git, path, { refs, defaultBranch });
  const known = knownHead(core.db, repository.id);
  return summarizeBranch(core, path, { refs, defaultBranch, known });
}

/**
 * The list columns of the repository at `path`, with HEAD at `defaultBranch`. `known` is a commit of which they are known
 * already.
 */
export async function summarizeBranch(
  { git }: Pick<ForgeCore, 'git'>,
  path: string,
  state: { refs: ReadonlyMap<string, string>; defaultBranch: string; known?: RepositorySummary['head'] },
): Promise<RepositorySummary> {
  const { refs, defaultBranch, known = null } = state;
  const isKnown = known !== null && refs.get(`refs/heads/${defaultBranch}`) === known.oid;
  const [{ bytes, objects }, head] = await Promise.all([
    measureObjects(git, path),
    isKnown ? known : readHead(git, path, defaultBranch),
  ]);
  return {
    defaultBranch,
    branches: [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/')).length,
    head,
    sizeBytes: bytes,
    objects,
  };
}

function toFacts({ owner, name }: Repository, changes: readonly RefChange[], by: string) {
  const repo = `${owner}/${name}`;
  const facts = [];
  for (let start = 0; start < changes.length; start += REFS_PER_FACT)
    facts.push({
      kind: 'forge.pushed' as const,
      by,
      repo,
      data: { refs: changes.slice(start, start + REFS_PER_FACT) },
    });
  return facts;
}
