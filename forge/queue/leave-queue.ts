import type { ForgeCore } from '../repositories/forge-core.ts';
import { nameOfPull, notify } from '../pulls/notify.ts';
import { addEntry } from '../store/pull-entries.ts';
import { touchPull, type Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { cutLane, deleteEntry, type QueueEntry } from '../store/queue-entries.ts';
import { type Left, reasonOf, sayLeft } from './say-left.ts';

/** Where something happened in a queue, in the transaction that records it. */
export interface QueueScene extends Pick<ForgeCore, 'db' | 'outbox'> {
  readonly repository: Repository;
  readonly at: number;
}

export interface Leaving {
  readonly entry: QueueEntry;
  readonly pull: Pull;
  /** Who took it out; `system`: the queue itself. */
  readonly by: string;
  readonly left: Left;
}

/**
 * Takes an entry out of the queue, in a transaction: whoever is behind it in the lane goes back to the queue. Its author
 * and whoever asked for the merge are told why.
 */
export function leaveQueue(scene: QueueScene, { entry, pull, by, left }: Leaving): void {
  const { db, outbox, repository, at } = scene;
  removeEntry(scene, entry);
  const reason = reasonOf(left);
  const lines = left.is === 'put_out' ? (left.lines ?? '') : '';
  const body = lines === '' ? reason : `${reason}\n\n${lines}`;
  addEntry(db, pull.id, { at, by, kind: 'unqueued', body, oid: pull.headOid, path: null, line: null });
  touchPull(db, pull.id, at);
  const repo = `${repository.owner}/${repository.name}`;
  const { title, headOid } = pull;
  const words = sayLeft({ name: nameOfPull(repository, pull), title, headOid, mode: entry.mode }, { by, left });
  const mail = notify([pull.author, entry.by], by, { body: words });
  outbox.add({ at, kind: 'forge.pull_unqueued', by, repo, data: { number: pull.number, reason }, mail });
}

/** The same without a word, for a pull request that has ended. */
export function removeEntry({ db }: Pick<QueueScene, 'db'>, entry: QueueEntry): void {
  if (entry.place !== null) cutLane(db, entry, entry.place);
  deleteEntry(db, entry.id);
}
