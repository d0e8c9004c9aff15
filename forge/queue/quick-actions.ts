import { SYSTEM } from '../../protocol/names.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { countTry, deleteBatch, insertBatch } from '../store/queue-batches.ts';
import { cutLane } from '../store/queue-entries.ts';
import { leaveQueue, removeEntry } from './leave-queue.ts';
import type { QueueAction } from './policy/queue-view.ts';
import type { QueueSeen } from './read-queue.ts';
import type { Suites } from './suites.ts';

/** What a transaction alone can do. */
type QuickAction = Exclude<QueueAction, { kind: 'append' | 'merge' }>;

export function isQuick(action: QueueAction): action is QuickAction {
  return action.kind !== 'append' && action.kind !== 'merge';
}

/** Does all of these in one transaction. */
export function carryOut(
  core: ForgeCore,
  suites: Suites,
  { queue, actions }: { queue: QueueSeen; actions: readonly QuickAction[] },
): void {
  const write = core.db.transaction(() => {
    for (const action of actions) carryOutOne(core, suites, { queue, action });
  });
  write.immediate();
  core.outbox.announce();
}

function carryOutOne(
  core: ForgeCore,
  suites: Suites,
  { queue, action }: { queue: QueueSeen; action: QuickAction },
): void {
  const { db } = core;
  switch (action.kind) {
    case 'leave':
      return leave(core, queue, action);
    case 'reset':
      return cutLane(db, queue.place, 0);
    case 'drop': {
      const { suite } = batchOf(queue, action.run);
      suites.cancel(suite);
      return deleteBatch(db, action.run);
    }
    case 'put_out':
      return putOut(core, suites, { queue, action });
    case 'test':
      return test(core, suites, { queue, action });
    case 'retest':
      suites.retry(batchOf(queue, action.run).suite);
      return countTry(db, action.run);
  }
}

function leave(core: ForgeCore, queue: QueueSeen, { entry: id }: Extract<QuickAction, { kind: 'leave' }>): void {
  const { entry, pull, judged } = rowOf(queue, id);
  if (judged.kind !== 'leaves') return;
  if (judged.isEnded) return removeEntry(core, entry);
  leaveQueue(sceneOf(core, queue), {
    entry,
    pull,
    by: SYSTEM,
    left: { is: 'put_out', reason: judged.reason, next: judged.next },
  });
}

function putOut(
  core: ForgeCore,
  suites: Suites,
  { queue, action }: { queue: QueueSeen; action: Extract<QuickAction, { kind: 'put_out' }> },
): void {
  const { entry, pull } = rowOf(queue, action.entry);
  const { suite } = batchOf(queue, action.run);
  const { failed } = suites.result(core.db, suite);
  const what = failed.length === 0 ? 'its checks failed' : `these checks failed: ${failed.join(', ')}`;
  const reason = `on top of ${entry.branch}, ${what}`;
  const left = { is: 'put_out', reason, lines: suites.firstLines(suite), next: 'solve' } as const;
  leaveQueue(sceneOf(core, queue), { entry, pull, by: SYSTEM, left });
}

function test(
  core: ForgeCore,
  suites: Suites,
  { queue, action }: { queue: QueueSeen; action: Extract<QuickAction, { kind: 'test' }> },
): void {
  const { place, lane, repository } = queue;
  const { purpose, size } = action;
  const end = lane.findIndex(({ id }) => id === action.upTo);
  const links = lane.slice(end + 1 - size, end + 1);
  const commit = lane[end]!.commitOid!;
  const { repositoryId, branch } = place;
  // What runs is said by the commit that these will be merged onto, never by one of them.
  const suite = suites.request({ repositoryId, target: links[0]!.parentOid!, commit });
  const startedAt = core.clock();
  insertBatch(core.db, { ...place, commit, suite, purpose, size, startedAt });
  const numbers = links.flatMap(({ pullId }) =>
    queue.rows.filter(({ pull }) => pull.id === pullId).map(({ pull }) => pull.number),
  );
  const repo = `${repository.owner}/${repository.name}`;
  const data = { branch, numbers, commit, purpose };
  core.outbox.add({ at: startedAt, kind: 'forge.queue_tested', by: SYSTEM, repo, data });
}

function sceneOf({ db, outbox, clock }: ForgeCore, { repository }: QueueSeen) {
  return { db, outbox, repository, at: clock() };
}

function rowOf({ rows }: QueueSeen, entry: number) {
  const row = rows.find((one) => one.entry.id === entry);
  if (row === undefined) throw new Error(`the queue has no entry ${entry}`);
  return row;
}

function batchOf({ batches }: QueueSeen, id: number) {
  const batch = batches.find((one) => one.id === id);
  if (batch === undefined) throw new Error(`the queue has no run ${id}`);
  return batch;
}
