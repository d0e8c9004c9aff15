import fastify, { type FastifyInstance } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { forgeAgentSurface, forgeSurface } from '../../protocol/operations/services.ts';
import type { RepoView } from '../../protocol/schemas/service.ts';
import { createCallMeter } from '../../wire/call-meter.ts';
import { answerBadPath, answerErrors, parseJsonBodies, serveSurface } from '../../wire/routes.ts';
import { authorize, type Caller, nameOf } from '../authorize.ts';
import { createForCaller, type WantedRepository } from '../repositories/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { pruneRepository } from '../repositories/prune-repository.ts';
import { listRemoved } from '../repositories/removed.ts';
import { removeRepository } from '../repositories/remove-repository.ts';
import { setDefaultBranch } from '../repositories/set-default-branch.ts';
import { toHiveError } from '../storage-errors.ts';
import { viewRepositories } from '../store/repositories.ts';
import type { GitDoor } from './git-call.ts';
import { serveGit } from './git-routes.ts';

type AgentCaller = Extract<Caller, { kind: 'agent' }>;

/** One agent's door: what it may list and make, and git. `callerOf` says who it is at the time of each request. */
export function createAgentApp(
  core: ForgeCore,
  door: { callerOf: () => AgentCaller; isOwnerKnown: GitDoor['isOwnerKnown'] },
): FastifyInstance {
  const app = createApp(core);
  const meter = createCallMeter<string>(() => performance.now());
  serveSurface<typeof forgeAgentSurface, AgentCaller>(app, forgeAgentSurface, {
    callerOf: door.callerOf,
    admit: (op, { caller, signal }) => meter.admit(op, { caller: caller.name, signal }),
    handlers: {
      listRepos: (_input, { caller }) => ({ repos: listFor(core, caller) }),
      createOwnRepo: async ({ name, description }, { caller }) => ({
        repo: await createFor(core, { caller, owner: caller.name, name, description, isOwnerKnown: door.isOwnerKnown }),
      }),
    },
  });
  serveGit(app, core, door);
  return app;
}

/** The operator's door, for hived, the dashboard and hivectl. */
export function createOperatorApp(core: ForgeCore, isOwnerKnown: GitDoor['isOwnerKnown']): FastifyInstance {
  const operator: Caller = { kind: 'operator' };
  const app = createApp(core);
  serveSurface<typeof forgeSurface, Caller>(app, forgeSurface, {
    callerOf: () => operator,
    handlers: {
      listRepos: (_input, { caller }) => ({ repos: listFor(core, caller) }),
      createRepo: async (input, { caller }) => ({ repo: await createFor(core, { ...input, caller, isOwnerKnown }) }),
      removeRepo: async ({ owner, name, purge }, { caller, signal }) => {
        const removal = { owner, name, purge, by: nameOf(caller) };
        const kept = await settled(core.track(removeRepository(core, removal, signal)));
        return { owner, name, kept };
      },
      setDefaultBranch: async ({ owner, name, branch }, { caller, signal }) => {
        const choice = { owner, name, branch, by: nameOf(caller) };
        return { repo: viewOne(core, await settled(core.track(setDefaultBranch(core, choice, signal)))) };
      },
      listRemovedRepos: async () => ({ repos: await listRemoved(core) }),
      pruneRepo: async (repo, { signal }) => ({
        ...repo,
        ...(await settled(core.track(pruneRepository(core, repo, signal)))),
      }),
      listFacts: async ({ after, waitMs }, { signal }) => ({
        facts: await core.outbox.read(after, waitMs, AbortSignal.any([signal, core.stopping])),
      }),
    },
  });
  serveGit(app, core, { callerOf: () => operator, isOwnerKnown });
  return app;
}

function listFor(core: ForgeCore, caller: Caller): RepoView[] {
  return viewRepositories(core.db).filter((repo) => authorize(caller, 'read', repo).kind === 'allowed');
}

async function createFor(core: ForgeCore, wanted: WantedRepository): Promise<RepoView> {
  return viewOne(core, (await settled(createForCaller(core, wanted))).id);
}

function viewOne(core: ForgeCore, id: number): RepoView {
  const [view] = viewRepositories(core.db, id);
  if (view === undefined) throw new HiveError('unknown_repo');
  return view;
}

/** Gives errors of the disk their words. */
function settled<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw toHiveError(error);
  });
}

/** A server for long transfers: no limit on a request's whole time (git has its own), one on its headers. */
function createApp(core: ForgeCore): FastifyInstance {
  const app = fastify({
    logger: {
      level: 'error',
      stream: { write: (line: string) => core.log.write(line) },
      base: {},
    },
    bodyLimit: 64 * 1024,
    requestTimeout: 0,
    frameworkErrors: answerBadPath,
    keepAliveTimeout: 30_000,
  });
  app.server.headersTimeout = 15_000;
  app.server.maxConnections = core.limits.connectionsPerSocket;
  answerErrors(app);
  parseJsonBodies(app);
  return app;
}
