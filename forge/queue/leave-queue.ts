import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { nameOfPull, notify, quote } from '../pulls/notify.ts';
import { addEntry } from '../store/pull-entries.ts';
import { touchPull, type Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { cutLane, deleteEntry, type QueueEntry } from '../store/queue-entries.ts';

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
  /** The end of a sentence. */
  readonly reason: string;
  /** Text of others that explains it, such as the output of a check. */
  readonly lines?: string;
}

/**
 * Takes an entry out of the queue, in a transaction: whoever is behind it in the lane goes back to the queue. Its author
 * and whoever asked for the merge are told why.
 */
export function leaveQueue(scene: QueueScene, { entry, pull, by, reason, lines = '' }: Leaving): void {
  const { db, outbox, repository, at } = scene;
  removeEntry(scene, entry);
  const body = lines === '' ? reason : `${reason}\n\n${lines}`;
  addEntry(db, pull.id, { at, by, kind: 'unqueued', body, oid: pull.headOid, path: null, line: null });
  touchPull(db, pull.id, at);
  const repo = `${repository.owner}/${repository.name}`;
  const words: FactMail['body'] = [
    `${nameOfPull(repository, pull)} (`,
    quote(pull.title),
    entry.mode === 'queue' ? ') is no longer in the merge queue: ' : ') is no longer waiting to be merged: ',
    quote(reason),
    ...(lines === '' ? ['.'] : ['. The first lines that say why: ', quote(lines)]),
    ' Ask for its merge again when that is solved.',
  ];
  const mail = notify([pull.author, entry.by], by, { body: words });
  outbox.add({ at, kind: 'forge.pull_unqueued', by, repo, data: { number: pull.number, reason }, mail });
}

/** The same without a word, for a pull request that has ended. */
export function removeEntry({ db }: Pick<QueueScene, 'db'>, entry: QueueEntry): void {
  if (entry.place !== null) cutLane(db, entry, entry.place);
  deleteEntry(db, entry.id);
}
