import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { nameOf } from '../access/authorize.ts';
import { MOST_REFS_ENV } from '../git/hook.ts';
import { readRefs } from '../git/look.ts';
import { refuseFollowed } from '../mirrors/assert-own.ts';
import { judgePush } from '../pulls/protect-push.ts';
import { decidePush } from '../repositories/decide-push.ts';
import { runFirstPush } from '../repositories/first-push.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { waitForEarlierPushes } from '../repositories/hold-repository.ts';
import { noteLostPush } from '../repositories/note-lost-push.ts';
import { runPush, type ServePush } from '../repositories/run-push.ts';
import type { PushCommand } from '../store/pushes.ts';
import { measureOwner, type Repository } from '../store/repositories.ts';
import type { GitClient } from './fetch.ts';
import { assertAllowed, openForPush, type RepoPath } from './open-repository.ts';
import { secretsIn } from '../search/assert-no-secret.ts';
import { takeSlot, waitTurn } from './wait-turn.ts';

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
 * One push, from its commands to its record: it waits for the repository's push lock and for a slot, is checked for
 * rights and the owner's quota, and then runs (run-push.ts). Throws `service_unavailable` when its turn does not
 * come, and as openForPush. If the client disconnected before the answer, the author is notified by mail.
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
  const use = measureOwner(core.db, owner);
  const refs = repository === null ? NO_REFS : await readRefs(core.git, core.places.repositoryDir(repository));
  const judged =
    repository === null || own !== undefined ? null : judgePush(core, repository, { caller, commands, refs });
  const reason =
    decidePush({ owner, commands, refs: refs.keys() }, use, limits) ??
    (repository === null || own !== undefined ? null : refuseFollowed(core, repository)) ??
    judged?.refusal ??
    (repository === null ? await refuseName(core, request) : null);
  if (reason !== null) {
    progress.reason = reason;
    return transport.refuse(reason);
  }
  const admitted: Admission = {
    maxBytes: limits.maxPackBytes,
    maxObjects: Math.max(0, limits.maxOwnerObjects - use.objects),
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
  await runPush(core, { ...asked, repository, forwardOnly: judged?.forwardOnly ?? NO_REFS }, serve);
}

/** The repository, if the caller may push there now; null while there is none. */
function findTarget(core: ForgeCore, { callerOf, owner, name }: PushRequest): Promise<Repository | null> {
  return openForPush(core, { caller: callerOf(), owner, name });
}

/** Takes the push lock of the repository, or of its name while there is none, and waits for earlier pushes. */
async function lockRepository(core: ForgeCore, request: HeldRequest): Promise<Repository | null> {
  const { owner, name, client, hold } = request;
  const why = `another push into ${owner}/${name} is under way`;
  const lock = async (key: string, then: (signal: AbortSignal) => Promise<void>) => {
    const take = async (signal: AbortSignal) => {
      hold(await core.pushLocks.take(key, signal));
      await then(signal);
      return () => {};
    };
    await waitTurn({ ...client, why, take }, core.limits);
  };
  if ((await findTarget(core, request)) === null) {
    await lock(`${owner}/${name.toLowerCase()}`, async () => {});
    // Of several concurrent first pushes, another one created it.
    if ((await findTarget(core, request)) === null) return null;
  }
  const found = await findTarget(core, request);
  if (found === null) throw new HiveError('unknown_repo');
  await lock(String(found.id), (signal) => waitForEarlierPushes(core, found.id, signal));
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
