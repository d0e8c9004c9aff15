import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { OPERATOR } from '../../protocol/names.ts';
import type { ForgeFact } from '../../protocol/schemas/forge-fact.ts';
import type { RemovedRepoView, RepoDescription, RepoView } from '../../protocol/schemas/repo.ts';
import type { ArchiveFormat, Service } from '../git/policy.ts';
import type { Limits } from '../limits.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Pruned } from '../repositories/prune-repository.ts';
import { toHiveError } from '../storage-errors.ts';
import type { CheckDoors } from '../checks/check-doors.ts';
import { type CheckBackend, createCheckBackend } from './checks.ts';
import { type BackupBackend, createBackupBackend } from './backup.ts';
import { type BrowseBackend, createBrowseBackend } from './browse.ts';
import { type BrowsePullBackend, createBrowsePullBackend } from './browse-pulls.ts';
import { type Declared, writeDeclared } from './declared.ts';
import { createRepoReader, type RepoReader } from './read-repository.ts';
import { type Fetch, openAdvertisement, openArchive, openFetch, type Serving } from './fetch.ts';
import { forkForCaller, type ForkWish } from './fork.ts';
import { describeRepository } from './look.ts';
import {
  chooseDefaultBranch,
  createForCaller,
  listRemovedRepositories,
  listRepositories,
  pruneForCaller,
  removeForCaller,
} from './manage.ts';
import type { RepoPath } from './open-repository.ts';
import type { Mirrors } from '../mirrors/mirrors.ts';
import { createMirrorBackend, type MirrorBackend } from './mirrors.ts';
import { createPullBackend, type PullBackend } from './pulls.ts';
import { createStatusBackend, type StatusBackend } from './statuses.ts';
import { createTokenBackend, type TokenBackend } from './tokens.ts';
import { createUpkeepBackend, type UpkeepBackend } from './upkeep.ts';
import { createWebhookBackend, type WebhookBackend } from './webhooks.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { createBranch, deleteBranch, type FileEdits, writeFiles, type WrittenCommit } from './write-files.ts';
import { assertMayPush, push, type PushRequest, type PushTransport } from './push.ts';

type Cancellable = { readonly signal: AbortSignal };

/**
 * Every operation of the forge, independent of the transport. Each method calls `authorize` itself: a transport only
 * parses the request and shapes the answer. Failures are HiveErrors (a full disk is `storage_unavailable`); a
 * repository that the caller may not see is `unknown_repo`.
 */
export interface Backend {
  readonly limits: Limits;
  /** Milliseconds that never run backwards. */
  readonly steady: () => number;
  list(caller: RepoCaller): RepoView[];
  /** A repository's branches, and the last commits of one (the default one when undefined). */
  describe(
    caller: RepoCaller,
    wanted: RepoPath & { branch: string | undefined } & Cancellable,
  ): Promise<RepoDescription>;
  create(caller: RepoCaller, wanted: RepoPath & { description: string } & Cancellable): Promise<RepoView>;
  /** Copies a repository into another namespace. */
  fork(caller: RepoCaller, wish: ForkWish): Promise<RepoView>;
  setDefaultBranch(caller: RepoCaller, choice: RepoPath & { branch: string } & Cancellable): Promise<RepoView>;
  /** Resolves with the directory where it is kept, or null when `purge` (the full name once more) deleted it. */
  remove(caller: RepoCaller, removal: RepoPath & { purge: string | undefined } & Cancellable): Promise<string | null>;
  prune(caller: RepoCaller, wanted: RepoPath & Cancellable): Promise<Pruned>;
  listRemoved(caller: RepoCaller): Promise<RemovedRepoView[]>;
  readonly pulls: PullBackend;
  readonly checks: CheckBackend;
  readonly statuses: StatusBackend;
  /** What is in repositories, and pull requests by pages. */
  readonly browse: BrowseBackend;
  readonly browsePulls: BrowsePullBackend;
  readonly tokens: TokenBackend;
  readonly upkeep: UpkeepBackend;
  /** Repositories outside. */
  readonly mirrors: MirrorBackend;
  readonly webhooks: WebhookBackend;
  readonly backup: BackupBackend;
  /** Commits changes of files; makes and deletes branches: as pushes, with all their checks (write-files.ts). */
  writeFiles(caller: RepoCaller, edits: FileEdits): Promise<WrittenCommit>;
  /** `from`: a branch, a tag or a commit; undefined: the default branch. */
  createBranch(
    caller: RepoCaller,
    wanted: RepoPath & { branch: string; from: string | undefined } & Cancellable,
  ): Promise<void>;
  deleteBranch(caller: RepoCaller, wanted: RepoPath & { branch: string } & Cancellable): Promise<void>;
  /** Whether an agent (or the operator) of that name is there. */
  isPerson(name: string): boolean;
  /** Makes hive/config what hived says that is declared. */
  writeDeclared(declared: Declared): Promise<{ commit: string; isNew: boolean }>;
  readonly reader: RepoReader;
  /** Facts after id `after`, for hived; waits up to `waitMs` for the first one. */
  readFacts(wanted: { after: number; waitMs: number } & Cancellable): Promise<ForgeFact[]>;

  openAdvertisement(caller: RepoCaller, wanted: RepoPath & { service: Service }): Promise<Serving>;
  openFetch(caller: RepoCaller, wanted: RepoPath): Promise<Fetch>;
  /** `ref`: a branch, a tag or a commit. */
  openArchive(
    caller: RepoCaller,
    wanted: RepoPath & { ref: string; format: ArchiveFormat } & Cancellable,
  ): Promise<Serving>;
  assertMayPush(caller: RepoCaller, wanted: RepoPath): Promise<void>;
  push(request: PushRequest, transport: PushTransport): Promise<void>;
  /** Ends the forge in order; hived starts it again. */
  restart: ForgeCore['restart'];
  /** Makes the forge wait for a transport's work before it closes its store; returns the same promise. */
  track: ForgeCore['track'];
}

/** `doors`: the sockets of running checks, which serve this backend themselves. */
export function createBackend(
  core: ForgeCore,
  doors: Pick<CheckDoors, 'open'>,
  outside: { readonly mirrors: Mirrors; readonly webhooks: Webhooks },
): Backend {
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await core.track(work);
    } catch (error) {
      throw toHiveError(error);
    }
  };
  const browse = createBrowseBackend(core, finish);
  return {
    limits: core.limits,
    steady: core.steady,
    list: (caller) => listRepositories(core, caller),
    describe: (caller, wanted) => finish(describeRepository(core, caller, wanted)),
    create: (caller, wanted) => finish(createForCaller(core, caller, wanted)),
    fork: (caller, wish) => finish(forkForCaller(core, caller, wish)),
    setDefaultBranch: (caller, choice) => finish(chooseDefaultBranch(core, caller, choice)),
    remove: (caller, removal) => finish(removeForCaller(core, caller, removal)),
    prune: (caller, wanted) => finish(pruneForCaller(core, caller, wanted)),
    listRemoved: (caller) => finish(listRemovedRepositories(core, caller)),
    pulls: createPullBackend(core, finish),
    checks: createCheckBackend(core, finish, doors),
    statuses: createStatusBackend(core, finish),
    browse,
    browsePulls: createBrowsePullBackend(core, finish),
    tokens: createTokenBackend(core),
    upkeep: createUpkeepBackend(core, finish),
    backup: createBackupBackend(core, finish),
    mirrors: createMirrorBackend(core, outside.mirrors, finish),
    webhooks: createWebhookBackend(core, outside.webhooks, finish),
    writeFiles: (caller, edits) => finish(writeFiles(core, caller, edits)),
    async createBranch(caller, { owner, name, branch, from, signal }) {
      const oid = await browse.resolve(caller, { owner, name, ref: from, signal });
      await finish(createBranch(core, caller, { owner, name, branch, from: oid, signal }));
    },
    deleteBranch: (caller, wanted) => finish(deleteBranch(core, caller, wanted)),
    isPerson: (name) => name === OPERATOR || core.owners.findCaller(name) !== null,
    writeDeclared: (declared) => finish(writeDeclared(core, declared)),
    reader: createRepoReader(core, finish),
    readFacts: ({ after, waitMs, signal }) => core.outbox.read(after, waitMs, AbortSignal.any([signal, core.stopping])),
    openAdvertisement: (caller, wanted) => openAdvertisement(core, caller, wanted),
    openFetch: (caller, wanted) => openFetch(core, caller, wanted),
    async openArchive(caller, { owner, name, ref, format, signal }) {
      const commit = await browse.resolve(caller, { owner, name, ref, signal });
      return openArchive(core, caller, { owner, name, commit, format });
    },
    assertMayPush: (caller, wanted) => assertMayPush(core, caller, wanted),
    push: (request, transport) => push(core, request, transport),
    restart: core.restart,
    track: core.track,
  };
}
