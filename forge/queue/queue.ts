import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { markQueued, type QueuePlace, queuesWithWork } from '../store/queue-entries.ts';
import type { Repository } from '../store/repositories.ts';
import { appendEntries } from './append-entries.ts';
import { mergeAlone } from './merge-alone.ts';
import { mergeLane } from './merge-lane.ts';
import { decideQueue } from './policy/decide-queue.ts';
import { QUEUE_LIMITS, type QueueAction } from './policy/queue-view.ts';
import { orderSharers } from './policy/share-runs.ts';
import { type QueueSeen, readQueue } from './read-queue.ts';
import { carryOut, isQuick } from './quick-actions.ts';
import type { Suites } from './suites.ts';

/** The merge queues of all branches. */
export interface Queue {
  /** Something may have changed: every queue is looked at soon. Never throws. */
  wake(): void;
}

/** What takes git, and therefore time. A queue does one of these at once, and nothing else meanwhile. */
type Slow =
  | Extract<QueueAction, { kind: 'append' | 'merge' }>
  | { readonly kind: 'merge_alone'; readonly entry: number };

/**
 * Carries out what the policy decides. Everything is in the database before it counts, and each look starts from there:
 * a forge that was killed at any moment goes on where it was.
 */
export function createQueue(core: ForgeCore, suites: Suites): Queue {
  const busy = new Set<string>();
  let isDue = false;
  /** Earliest time of the next look, monotonic milliseconds. */
  let notBefore = 0;

  function wake(): void {
    if (isDue) return;
    isDue = true;
    setTimeout(lookOnce, Math.max(0, notBefore - performance.now())).unref();
  }

  /** A look at long queues takes time, in which the forge does nothing else: it gets a fifth of all time at most. */
  function lookOnce(): void {
    isDue = false;
    const from = performance.now();
    try {
      look();
    } catch (error) {
      if (!core.stopping.aborted) core.log.error({ err: error }, 'the merge queues could not be looked at');
    }
    const to = performance.now();
    notBefore = to + 4 * (to - from);
  }

  function look(): void {
    for (let acted = true; acted && !core.stopping.aborted && core.owners.isSet();) {
      acted = false;
      const queues = queuesWithWork(core.db).flatMap((place) => readQueue(core, suites, place) ?? []);
      let free = core.limits.maxQueueRuns - queues.reduce((sum, queue) => sum + countRunning(queue), 0);
      for (const { queue } of orderSharers(queues.map(toSharer))) {
        if (busy.has(keyOf(queue.place))) continue;
        const { begins, isDone } = tryStep(queue, free > 0 ? 1 : 0);
        acted ||= isDone;
        if (begins) free -= 1;
      }
    }
  }

  /** One queue that cannot be worked on does not keep the others waiting; it is tried again in the next round. */
  function tryStep(queue: QueueSeen, free: 0 | 1): ReturnType<typeof step> {
    try {
      return step(queue, free);
    } catch (error) {
      if (core.stopping.aborted) throw error;
      core.log.error({ ...queue.place, err: error }, 'a merge queue could not go on');
      return { begins: false, isDone: false };
    }
  }

  /** At most one run begins. */
  function step(queue: QueueSeen, free: 0 | 1): { begins: boolean; isDone: boolean } {
    const allowed = queue.rows.filter(({ entry, judged }) => entry.state === 'waiting' && judged.kind === 'ready');
    for (const { entry } of allowed) if (entry.mode === 'queue') markQueued(core.db, entry.id);
    if (allowed.some(({ entry }) => entry.mode === 'queue')) return { begins: false, isDone: true };
    const actions = decideQueue(queue.view, QUEUE_LIMITS, free);
    const quick = actions.filter(isQuick);
    if (quick.length > 0) carryOut(core, suites, { queue, actions: quick });
    const slow = actions.find((action) => action.kind === 'append' || action.kind === 'merge');
    const alone = allowed[0];
    if (slow !== undefined) begin(queue, slow);
    else if (alone !== undefined && actions.length === 0) begin(queue, { kind: 'merge_alone', entry: alone.entry.id });
    const begins = quick.some(({ kind }) => kind === 'test' || kind === 'retest');
    return { begins, isDone: quick.length > 0 };
  }

  function begin({ place, repository }: QueueSeen, action: Slow): void {
    const key = keyOf(place);
    busy.add(key);
    core.inBackground(async () => {
      const work = carryOutSlowly(place, repository, action).catch((error: unknown) => {
        // Long pushes hold the branches.
        if (error instanceof HiveError && error.code === 'service_unavailable') return false;
        throw error;
      });
      // After a failure, or when it has to wait, the next round tries again.
      const isChanged = await work.finally(() => busy.delete(key));
      if (isChanged) wake();
    });
  }

  /** Whether something may have changed. */
  async function carryOutSlowly(place: QueuePlace, repository: Repository, action: Slow): Promise<boolean> {
    if (action.kind === 'merge_alone') return mergeAlone(core, repository, action.entry);
    if (action.kind === 'append') await appendEntries(core, repository, action.entries);
    else await mergeLane(core, suites, { repository, place, upTo: action.upTo });
    return true;
  }

  suites.onEnded(wake);
  core.outbox.onAnnounced(wake);
  return { wake };
}

const keyOf = ({ repositoryId, branch }: QueuePlace) => `${repositoryId}:${branch}`;

function countRunning({ view }: QueueSeen): number {
  return view.runs.filter(({ state }) => state === 'running').length;
}

function toSharer(queue: QueueSeen) {
  const oldestAt = queue.rows.reduce((oldest, { entry }) => Math.min(oldest, entry.at), Infinity);
  return { queue, running: countRunning(queue), oldestAt };
}
