import { rm } from 'node:fs/promises';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { ImportView } from '../../protocol/schemas/mirror.ts';
import { OutsideError } from '../outside/trouble.ts';
import { assertRoom } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { bringIn, toTrouble } from './bring-in.ts';
import { fetchAside } from './fetch-aside.ts';
import { listRemote } from './list-remote.ts';
import { roomFor } from './room-for.ts';

export interface NewImport {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly url: string;
}

/**
 * Imports of repositories from outside.
 *
 *   waiting ──► asking ──► fetching ──► checking ──► done
 *      └───────────┴──────────┴────────────┴──► failed, cancelled
 *
 * They are in memory: until its last step an import is a directory that nobody is served from, which the next start
 * removes, so that one that is killed leaves nothing.
 */
export interface Imports {
  /** Begins one. Throws `duplicate_repo`, `forge_quota`. */
  begin(wanted: NewImport): ImportView;
  /** The newest first. */
  list(): ImportView[];
  /** Ends one that runs. Throws `not_found`. */
  cancel(repo: { owner: RepoOwner; name: RepoName }): Promise<ImportView>;
}

interface Running {
  view: ImportView;
  readonly cancelled: AbortController;
  readonly ended: Promise<void>;
}

/** Imports that run or wait; more are refused. */
const MOST_AT_ONCE = 20;

export function createImports(core: ForgeCore): Imports {
  const imports = new Map<string, Running>();
  const keyOf = ({ owner, name }: { owner: string; name: string }) => `${owner}/${name.toLowerCase()}`;

  function forgetOld(): void {
    const before = core.clock() - core.limits.keepImportsMs;
    for (const [key, { view }] of imports) if (view.endedAt !== null && view.endedAt < before) imports.delete(key);
  }

  async function carryOut(wanted: NewImport, of: { set: (part: Partial<ImportView>) => void; signal: AbortSignal }) {
    const { set, signal } = of;
    const release = await core.transfers.take(keyOf(wanted), signal);
    try {
      set({ step: 'asking' });
      const { defaultBranch, leftOut } = await listRemote(core, wanted.url, signal);
      set({ step: 'fetching', leftOut });
      await fetchAndStore(core, wanted, { ...of, defaultBranch });
    } finally {
      release();
    }
  }

  return {
    begin(wanted) {
      forgetOld();
      const key = keyOf(wanted);
      const running = [...imports.values()].filter(({ view }) => view.state === 'running').length;
      if (imports.get(key)?.view.state === 'running')
        throw new HiveError('duplicate_repo', `${wanted.owner}/${wanted.name} is being imported already.`);
      if (running >= MOST_AT_ONCE)
        throw new HiveError('forge_quota', `${running} imports are under way. Begin this one when some have ended.`);
      assertRoom(core, wanted);
      const startedAt = core.clock();
      const cancelled = new AbortController();
      const state: Running = {
        view: {
          ...wanted,
          state: 'running',
          step: 'waiting',
          percent: null,
          error: null,
          leftOut: 0,
          startedAt,
          endedAt: null,
        },
        cancelled,
        ended: Promise.resolve(),
      };
      const set = (part: Partial<ImportView>) => {
        const percent = part.step === undefined ? state.view.percent : null;
        state.view = { ...state.view, percent, ...part };
      };
      const signal = AbortSignal.any([cancelled.signal, core.stopping]);
      const ended = core.track(
        carryOut(wanted, { set, signal }).then(
          () => set({ state: 'done', endedAt: core.clock() }),
          (error: unknown) => {
            const endedAt = core.clock();
            if (signal.aborted) return set({ state: 'cancelled', endedAt });
            const { words } = toTrouble(error);
            core.log.warn({ repo: `${wanted.owner}/${wanted.name}`, err: error }, 'an import failed');
            return set({ state: 'failed', error: words, endedAt });
          },
        ),
      );
      imports.set(key, Object.assign(state, { ended }));
      return state.view;
    },
    list() {
      forgetOld();
      return [...imports.values()].map(({ view }) => view).sort((a, b) => b.startedAt - a.startedAt);
    },
    async cancel(repo) {
      const found = imports.get(keyOf(repo));
      if (found?.view.state !== 'running')
        throw new HiveError('not_found', `No import of ${repo.owner}/${repo.name} is under way.`);
      found.cancelled.abort(new Error('the import is cancelled'));
      await found.ended;
      return found.view;
    },
  };
}

async function fetchAndStore(
  core: ForgeCore,
  { owner, name, url }: NewImport,
  of: { defaultBranch: string | null; set: (part: Partial<ImportView>) => void; signal: AbortSignal },
): Promise<void> {
  const { defaultBranch, set, signal } = of;
  const hear = (_step: string, percent: number) => set({ percent });
  const fetched = await fetchAside(core, { url, known: null, maxBytes: roomFor(core, owner), hear }, signal);
  try {
    if (fetched.refs.size === 0)
      throw new OutsideError({
        kind: 'not_found',
        words: `${url} has no branches and tags: there is nothing to import.`,
      });
    set({ step: 'checking' });
    const moves = [...fetched.refs].map(([ref, to]) => ({ ref, from: null, to }));
    await bringIn(core, { owner, name, url, from: fetched.path, moves, known: [], creates: { defaultBranch }, signal });
  } finally {
    await rm(fetched.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
