import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../protocol/names.ts';
import type { MirrorView } from '../../protocol/schemas/mirror.ts';
import { needsOperator } from '../outside/trouble.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import {
  deleteMirror,
  forgetPublished,
  getMirror,
  listMirrors,
  makeDue,
  type Mirror,
  noteFailure,
  noteSuccess,
  publishedRefs,
} from '../store/mirrors.ts';
import { addMirror, type WantedMirror } from './add-mirror.ts';
import { toTrouble } from './bring-in.ts';
import { noteChange } from './note-change.ts';
import { afterFailure, dueAfterSuccess } from './policy/after-try.ts';
import { isDue } from './policy/is-due.ts';
import { follow } from './follow.ts';
import { publish, type Transfer } from './publish.ts';
import { viewMirror } from './view-mirror.ts';

/**
 * The mirrors of all repositories, one transfer at a time for each repository, few at once.
 *
 *   waits ── due, or something to publish ──► runs ──► waits (its interval)
 *     ▲                                         └────► failing ── after a pause ──► runs
 *
 * What is to be done follows from the database at each look, so that a kill at any moment loses nothing: what was
 * published without its record is published again, which changes nothing.
 */
export interface Mirrors {
  list(repositoryId: number | null): MirrorView[];
  /** As addMirror; it is tried at once. */
  add(wanted: WantedMirror): Promise<MirrorView>;
  /** Has one tried now; of a push mirror all is published anew. Throws `not_found`. */
  sync(id: number): MirrorView;
  /** Throws `not_found`. */
  remove(id: number): Promise<MirrorView>;
  /** Begins to look for what is due, now and after every change. */
  begin(): void;
  /** Starts what is due. */
  wake(): void;
}

interface Running {
  readonly cancelled: AbortController;
  ended: Promise<void>;
  step: string | null;
  percent: number | null;
}

export function createMirrors(core: ForgeCore): Mirrors {
  const running = new Map<number, Running>();
  function wake(): void {
    if (core.stopping.aborted) return;
    const now = core.clock();
    for (const mirror of listMirrors(core.db)) if (!running.has(mirror.id) && isDue(mirror, now)) start(mirror);
  }

  function start({ id, owner, name }: Mirror): void {
    const one: Running = { cancelled: new AbortController(), ended: Promise.resolve(), step: null, percent: null };
    running.set(id, one);
    const signal = AbortSignal.any([one.cancelled.signal, core.stopping]);
    const hear = (step: string, percent: number) => void Object.assign(one, { step, percent });
    const work = async () => {
      const release = await core.transfers.take(`${owner}/${name.toLowerCase()}`, signal);
      try {
        await tryOnce(core, id, { signal, hear });
      } finally {
        release();
        running.delete(id);
      }
    };
    one.ended = work().then(wake, (error: unknown) => {
      running.delete(id);
      if (!signal.aborted) core.log.error({ repo: `${owner}/${name}`, err: error }, 'a mirror could not be recorded');
    });
    core.inBackground(() => one.ended);
  }

  const view = (mirror: Mirror): MirrorView =>
    viewMirror(mirror, {
      running: running.get(mirror.id) ?? null,
      published: mirror.direction === 'push' ? publishedRefs(core.db, mirror.id) : [],
    });

  function need(id: number): Mirror {
    const mirror = getMirror(core.db, id);
    if (mirror === null) throw new HiveError('not_found', `There is no mirror ${id}.`);
    return mirror;
  }

  return {
    begin() {
      core.outbox.onAnnounced(wake);
      wake();
    },
    wake,
    list: (repositoryId) => listMirrors(core.db, repositoryId).map(view),
    add: async (wanted) => view(await addMirror(core, wanted)),
    sync(id) {
      need(id);
      forgetPublished(core.db, id);
      makeDue(core.db, id, core.clock());
      wake();
      return view(need(id));
    },
    async remove(id) {
      const mirror = need(id);
      const shown = view(mirror);
      const write = core.db.transaction(() => {
        deleteMirror(core.db, id);
        core.outbox.add(noteChange(mirror, { at: core.clock(), removed: true }));
      });
      write.immediate();
      core.outbox.announce();
      const one = running.get(id);
      one?.cancelled.abort(new Error('the mirror is removed'));
      await one?.ended;
      return shown;
    },
  };
}

/** One try of a mirror, with its record. Rejects only when that cannot be written, or when it is cancelled. */
async function tryOnce(core: ForgeCore, id: number, transfer: Transfer): Promise<void> {
  const mirror = getMirror(core.db, id);
  if (mirror === null) return;
  try {
    await (mirror.direction === 'push' ? publish : follow)(core, mirror, transfer);
  } catch (error) {
    transfer.signal.throwIfAborted();
    return recordFailure(core, mirror, error);
  }
  recordSuccess(core, mirror);
}

function recordSuccess(
  core: ForgeCore,
  { id, owner, name, everyMs, refsVersion, isTold, direction, url }: Mirror,
): void {
  const at = core.clock();
  const write = core.db.transaction(() => {
    noteSuccess(core.db, id, { at, dueAt: dueAfterSuccess({ everyMs }, at, Math.random()), version: refsVersion });
    if (isTold)
      core.outbox.add({
        at,
        kind: 'forge.mirror_recovered',
        by: SYSTEM,
        repo: `${owner}/${name}`,
        data: { direction, url },
      });
  });
  write.immediate();
  if (isTold) core.outbox.announce();
}

function recordFailure(core: ForgeCore, mirror: Mirror, error: unknown): void {
  const { id, owner, name, direction, url } = mirror;
  const repo = `${owner}/${name}`;
  const trouble = toTrouble(error);
  core.log.warn({ repo, url, err: error }, 'a mirror failed');
  const at = core.clock();
  const { dueAt, tell } = afterFailure(
    mirror,
    { needsOperator: needsOperator(trouble) },
    { now: at, random: Math.random() },
  );
  const write = core.db.transaction(() => {
    noteFailure(core.db, id, { at, dueAt, error: trouble.words, isTold: mirror.isTold || tell });
    if (!tell) return;
    const body = [
      `The ${direction} mirror of `,
      { quote: repo },
      direction === 'push' ? ' to ' : ' of ',
      { quote: url },
      ' fails: ',
      { quote: trouble.words },
      `. It is tried again by itself; to try it now: hivectl forge mirror sync ${id}`,
    ];
    const mail = {
      to: OPERATOR as typeof OPERATOR,
      body,
      priority: 'normal' as const,
      notice: 'interruption' as const,
    };
    const data = { direction, url, reason: trouble.words };
    core.outbox.add({ at, kind: 'forge.mirror_failed', by: SYSTEM, repo, data, mail: [mail] });
  });
  write.immediate();
  if (tell) core.outbox.announce();
}
