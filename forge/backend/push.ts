import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { nameOf } from '../access/authorize.ts';
import { MOST_REFS_ENV } from '../git/hook.ts';
import { readRefs } from '../git/look.ts';
import { refuseFollowed } from '../mirrors/assert-own.ts';
import { judgePush, type PushVerdict } from '../pulls/protect-push.ts';
import { decidePush } from '../repositories/decide-push.ts';
import { runFirstPush } from '../repositories/first-push.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { noteLostPush } from '../repositories/note-lost-push.ts';
import { runPush, type ServePush } from '../repositories/run-push.ts';
import { takeSlot, waitTurn } from '../repositories/wait-turn.ts';
import type { PushCommand } from '../store/pushes.ts';
import { knownRefs } from '../store/refs.ts';
import { measureOwner, type Repository } from '../store/repositories.ts';
import type { GitClient } from './fetch.ts';
import { assertAllowed, openForPush, type RepoPath } from './open-repository.ts';
import { secretsIn } from '../search/assert-no-secret.ts';

/** A push of which only the commands were read. */
export interface PushRequest extends RepoPath {
  /** Evaluated again after each wait: an agent may be destroyed, or stop being the manager. */
  readonly callerOf: () => RepoCaller;
  readonly commands: readonly PushCommand[];
  /** Commits whose parents the client's clone lacks. */
  readonly shallow: readonly string[];
  /**
   * A push that the forge makes itself, with what came from outside: in whose name it is recorded, and whether it creates
   * the repository (then with that default branch). The rules of protected branches are not for it: a mirror has none.
   */
  readonly own?: { readonly by: string; readonly creates: { readonly defaultBranch: string | null } | null };
  readonly client: GitClient & {
    /** Shows the client a progress line while it waits. */
    readonly tell: (line: string) => void;
  };
}

const NO_REFS: ReadonlyMap<string, string> = new Map();

/** The limits of an admitted push, and a warning for its client. */
export interface Admission {
  readonly maxBytes: number;
  readonly maxObjects: number;
  /** The owner whose quota is charged. */
  readonly owner: string;
  /** git is going to refuse it: the clone's history ends at commits that the repository lacks. */
  readonly lacksHistory: boolean;
}

/** The push's client, at the transport. */
export interface PushTransport {
  /** Tells the client in one line why every ref is refused; git has not been started. */
  refuse(reason: string): Promise<void>;
  /** Carries the exchange between client and git, and awaits `settle` before the client gets the final status. */
  exchange(admitted: Admission, ...git: Parameters<ServePush>): Promise<void>;
}

/** Throws unless the caller may push there now. Checked again when the push's turn comes. */
export async function assertMayPush(core: ForgeCore, caller: RepoCaller, path: RepoPath): Promise<void> {
  await openForPush(core, { caller, ...path });
}

/**
 * One push, from its commands to its record: it waits for a slot, is checked for rights, rules and the owner's quota, and
 * then runs (run-push.ts), which asks for rights and rules again when it has its turn to move refs. Throws
 * `service_unavailable` when its turn does not come, and as openForPush. If the client disconnected before the answer, the author is notified by mail.
 */
export async function push(core: ForgeCore, request: PushRequest, transport: PushTransport): Promise<void> {
  const releases: (() => void)[] = [];
  const progress: Progress = { by: request.own?.by ?? nameOf(request.callerOf()), reason: null, isRecorded: false };
  try {
    await pushInTurn(core, { ...request, progress, hold: (release) => void releases.push(release) }, transport);
  } catch (error) {
    if (error instanceof HiveError && error.code !== 'internal') progress.reason ??= error.message;
    throw error;
  } finally {
    if (request.client.gone.aborted && !progress.isRecorded) tellLost(core, request, progress);
    for (const release of releases.reverse()) release();
  }
}

/** The progress of a push. */
interface Progress {
  readonly by: string;
  /** Why it is refused; null otherwise. */
  reason: string | null;
  /** Its record notifies its author of the outcome (record-refs.ts). */
  isRecorded: boolean;
}

function tellLost(core: ForgeCore, { owner, name, commands }: PushRequest, { by, reason }: Progress): void {
  const note = () => noteLostPush(core, { by, repo: `${owner}/${name}`, commands, changes: [], reason });
  try {
    core.db.transaction(note).immediate();
    core.outbox.announce();
  } catch (error) {
    core.log.error({ repo: `${owner}/${name}`, err: error }, 'the author of a lost push is not told');
  }
}

type HeldRequest = PushRequest & {
  readonly progress: Progress;
  /** Registers the release of a lock or slot at the end, in reverse order. */
  readonly hold: (release: () => void) => void;
};

async function pushInTurn(core: ForgeCore, request: HeldRequest, transport: PushTransport): Promise<void> {
  const { owner, name, commands, client, hold, progress } = request;
  const { limits } = core;
  const locked = await lockRepository(core, request);
  const caller = request.callerOf();
  hold(await takeSlot(core, nameOf(caller), client));
  const repository = await findTarget(core, request);
  if (repository?.id !== locked?.id) throw new HiveError('unknown_repo');
  const { own } = request;
  if (own !== undefined && (own.creates === null) !== (repository !== null))
    throw new HiveError(repository === null ? 'unknown_repo' : 'duplicate_repo');
  // As they were recorded: what counts is looked at when it has its turn.
  const refs = repository === null ? NO_REFS : knownRefs(core.db, repository.id);
  const reason =
    judge(core, request, { repository, refs }).refusal ??
    (repository === null ? await refuseName(core, request) : null);
  if (reason !== null) {
    progress.reason = reason;
    return transport.refuse(reason);
  }
  const admitted: Admission = {
    maxBytes: limits.maxPackBytes,
    maxObjects: Math.max(0, limits.maxOwnerObjects - measureOwner(core.db, owner).objects),
    owner,
    lacksHistory: await lacksHistory(core, repository, request.shallow),
  };
  const serve: ServePush = (git, settle) => transport.exchange(admitted, git, settle);
  const asked = {
    by: own?.by ?? nameOf(caller),
    commands,
    env: own === undefined ? client.env : { [MOST_REFS_ENV]: String(limits.maxOwnerRefs) },
    gone: client.gone,
    assertStillAllowed: () => assertAllowed(core, { caller: request.callerOf(), action: 'push', owner, name }),
  };
  if (repository === null) {
    progress.isRecorded = await runFirstPush(
      core,
      { ...asked, owner, name, defaultBranch: own?.creates?.defaultBranch ?? null },
      serve,
    );
    return;
  }
  progress.isRecorded = true;
  const judgeAgain = async () => {
    const now = await findTarget(core, request);
    if (now?.id !== repository.id) throw new HiveError('unknown_repo');
    return judge(core, request, {
      repository: now,
      refs: await readRefs(core.git, core.places.repositoryDir(now)),
    });
  };
  await runPush(core, { ...asked, repository, judge: judgeAgain }, serve);
}

/** What quotas, the names of refs and the rules of protected branches say about the push. */
function judge(
  core: ForgeCore,
  { owner, commands, own, callerOf }: PushRequest,
  { repository, refs }: { repository: Repository | null; refs: ReadonlyMap<string, string> },
): PushVerdict {
  const refusal = decidePush({ owner, commands, refs: refs.keys() }, measureOwner(core.db, owner), core.limits);
  if (refusal !== null || repository === null || own !== undefined) return { refusal, forwardOnly: NO_REFS };
  const followed = refuseFollowed(core, repository);
  if (followed !== null) return { refusal: followed, forwardOnly: NO_REFS };
  return judgePush(core, repository, { caller: callerOf(), commands, refs });
}

/** The repository, if the caller may push there now; null while there is none. */
function findTarget(core: ForgeCore, { callerOf, owner, name }: PushRequest): Promise<Repository | null> {
  return openForPush(core, { caller: callerOf(), owner, name });
}

/** Takes the lock of the repository's name while there is none; while there is one, keeps its maintenance away. */
async function lockRepository(core: ForgeCore, request: HeldRequest): Promise<Repository | null> {
  const { owner, name, client, hold } = request;
  const { pushLocks, limits } = core;
  if ((await findTarget(core, request)) === null) {
    const take = (signal: AbortSignal) => pushLocks.take(`${owner}/${name.toLowerCase()}`, signal);
    hold(await waitTurn({ ...client, why: `another push into ${owner}/${name} is under way`, take }, limits));
    // Of several concurrent first pushes, another one created it.
    if ((await findTarget(core, request)) === null) return null;
  }
  const found = await findTarget(core, request);
  if (found === null) throw new HiveError('unknown_repo');
  const receive = (signal: AbortSignal) => pushLocks.receive(String(found.id), signal);
  hold(await waitTurn({ ...client, why: `maintenance of ${owner}/${name} is under way`, take: receive }, limits));
  return found;
}

/** Why a first push may not make a repository of this name; null if it may. */
async function refuseName(core: ForgeCore, { name, client }: PushRequest): Promise<string | null> {
  try {
    const found = await secretsIn(core, name, client.gone);
    return found.length === 0 ? null : `the name of the repository contains ${found.join(', ')}`;
  } catch (error) {
    // In git's words, as every refusal of a push.
    if (error instanceof HiveError && error.code === 'service_unavailable') return error.message;
    throw error;
  }
}

/** Maximum boundaries of a shallow clone that are checked; more do not change the hint. */
const MOST_BOUNDARIES = 8;

/** Whether the repository lacks a commit at which the client's shallow clone ends. */
async function lacksHistory(
  core: ForgeCore,
  repository: Repository | null,
  shallow: readonly string[],
): Promise<boolean> {
  const path = repository === null ? core.places.empty : core.places.repositoryDir(repository);
  for (const oid of shallow.slice(0, MOST_BOUNDARIES)) {
    const isThere = await core.git.run([`--git-dir=${path}`, 'cat-file', '-e', oid]).then(
      () => true,
      () => false,
    );
    if (!isThere) return true;
  }
  return false;
}
