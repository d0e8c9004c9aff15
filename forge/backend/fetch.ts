import { HiveError } from '../../protocol/errors.ts';
import { nameOf } from '../access/authorize.ts';
import { assertReachable } from '../git/assert-reachable.ts';
import { type ArchiveFormat, archiveArgv, type Service, serveArgv } from '../git/policy.ts';
import type { GitProcess } from '../git/process.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { Repository } from '../store/repositories.ts';
import { openForPush, openRepository, type RepoPath } from './open-repository.ts';
import { takeSlot } from '../repositories/wait-turn.ts';

/** A transport's connection to a client. */
export interface GitClient {
  /** Added to git's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when the client disconnects. */
  readonly gone: AbortSignal;
}

/** Connects the client to git until both have ended. */
export type ServeGit = (git: GitProcess) => Promise<void>;

/** Serves a repository's refs, or its objects, to a caller with the right to them. */
export interface Serving {
  serve(client: GitClient, transport: ServeGit): Promise<void>;
}

/**
 * The refs that a fetch or a push starts from; before a first push creates the repository, those of an empty one.
 * Throws as openRepository and openForPush do, before anything is sent.
 */
export async function openAdvertisement(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: RepoPath & { service: Service },
): Promise<Serving> {
  const { service, owner, name } = wanted;
  // The service decides which right is needed, never the repository's name or the client's claim.
  const repository =
    service === 'git-receive-pack'
      ? await openForPush(core, { caller, owner, name })
      : await openRepository(core, { caller, action: 'fetch', owner, name });
  return {
    async serve({ env, gone }, transport) {
      const release = await takeSlot(core, nameOf(caller), { gone, tell: () => {} });
      try {
        const path = repository === null ? core.places.empty : core.places.repositoryDir(repository);
        const target = { path, advertise: true, only: onlyRefOf(caller) };
        await transport(await core.git.start(serveArgv(service, target, policyOf(core)), env));
      } finally {
        release();
      }
    },
  };
}

/** All files of a commit as one archive. Throws as openRepository does, before anything is sent. */
export async function openArchive(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, commit, format }: RepoPath & { commit: string; format: ArchiveFormat },
): Promise<Serving> {
  const repository = await openRepository(core, { caller, action: 'fetch', owner, name });
  return {
    async serve({ env, gone }, transport) {
      const release = await takeSlot(core, nameOf(caller), { gone, tell: () => {} });
      try {
        const path = core.places.repositoryDir(repository);
        await transport(await core.git.start(archiveArgv(path, { commit, format, directory: name }), env));
      } finally {
        release();
      }
    },
  };
}

/**
 * The second half of a fetch; rights are checked again, because the client can skip the advertisement. Throws as
 * openRepository does.
 */
export async function openFetch(core: ForgeCore, caller: RepoCaller, wanted: RepoPath): Promise<Fetch> {
  const { owner, name } = wanted;
  const repository: Repository = await openRepository(core, { caller, action: 'fetch', owner, name });
  return {
    async serve({ env, gone }, { readWants, transport }) {
      const release = await takeSlot(core, nameOf(caller), { gone, tell: () => {} });
      try {
        const path = core.places.repositoryDir(repository);
        await assertWanted(core, caller, { path, wants: await readWants(), gone });
        const target = { path, advertise: false, only: onlyRefOf(caller) };
        const argv = serveArgv('git-upload-pack', target, policyOf(core));
        await transport(await core.git.start(argv, env));
      } finally {
        release();
      }
    },
  };
}

export interface Fetch {
  /**
   * `readWants` reads the requested object ids, once it is the client's turn. Throws `not_found` for one that it may
   * not have.
   */
  serve(
    client: GitClient,
    exchange: { readWants: () => Promise<ReadonlySet<string>>; transport: ServeGit },
  ): Promise<void>;
}

/** A run of a check gets the commit that it checks; everybody else what branches and tags lead to. */
async function assertWanted(
  core: ForgeCore,
  caller: RepoCaller,
  { path, wants, gone }: { path: string; wants: ReadonlySet<string>; gone: AbortSignal },
): Promise<void> {
  if (caller.kind !== 'check') return assertReachable(core.git, { path, wants }, gone);
  const other = [...wants].find((oid) => oid !== caller.commit);
  if (other !== undefined)
    throw new HiveError(
      'not_found',
      `A check may fetch the commit that it checks, ${caller.commit}, and not ${other}.`,
    );
}

function onlyRefOf(caller: RepoCaller): string | null {
  return caller.kind === 'check' ? caller.ref : null;
}

function policyOf({ limits, places }: ForgeCore) {
  return { limits, hooksDir: places.hooks };
}
