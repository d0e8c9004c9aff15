import { HiveError } from '../../protocol/errors.ts';
import { type Label, MOST_LABELS_OF_PULL } from '../../protocol/schemas/label.ts';
import type { Db } from '../../store/open-store.ts';
import { addEntry, type PlainEntry } from '../store/pull-entries.ts';
import { addPullLabel, findLabel, labelsOfPull, removePullLabel } from '../store/labels.ts';
import type { Pull } from '../store/pulls.ts';
import { unknownLabel } from './change-labels.ts';

/** Names of labels that a pull request gets and loses; `all`: it has these afterwards, and no others. */
export interface LabelChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly all?: readonly string[] | undefined;
}

export function changesLabels({ add = [], remove = [], all }: LabelChange): boolean {
  return add.length > 0 || remove.length > 0 || all !== undefined;
}

/** Labels that a pull request is about to get and to lose. */
export interface LabelStep {
  readonly added: readonly Label[];
  readonly removed: readonly Label[];
}

/** Throws `not_found` for a label that the repository does not have, `forge_quota`. */
export function planLabels(db: Db, pull: Pick<Pull, 'id' | 'repositoryId'>, change: LabelChange): LabelStep {
  const before = labelsOfPull(db, pull.id);
  const has = (labels: readonly Label[], { id }: Label) => labels.some((label) => label.id === id);
  const named = (names: readonly string[]) =>
    names.map((name) => {
      const label = findLabel(db, pull.repositoryId, name);
      if (label === null) throw unknownLabel(name);
      return label;
    });
  const [add, remove] = [named(change.add ?? []), named(change.remove ?? [])];
  const all = change.all === undefined ? before : named(change.all);
  const after = [...new Map([...all, ...add].map((label) => [label.id, label])).values()].filter(
    (label) => !has(remove, label),
  );
  if (after.length > MOST_LABELS_OF_PULL)
    throw new HiveError('forge_quota', `A pull request may have ${MOST_LABELS_OF_PULL} labels. Take some off first.`);
  return {
    added: after.filter((label) => !has(before, label)),
    removed: before.filter((label) => !has(after, label)),
  };
}

/** The entries of the conversation that say so. */
export function entriesOf({ added, removed }: LabelStep): Pick<PlainEntry, 'kind' | 'body'>[] {
  const say = (kind: 'labeled' | 'unlabeled', labels: readonly Label[]) =>
    labels.length === 0 ? [] : [{ kind, body: labels.map(({ name }) => name).join(', ') }];
  return [...say('labeled', added), ...say('unlabeled', removed)];
}

/** In a transaction. `entry`: who, when, and the head's commit. */
export function carryOutLabels(
  db: Db,
  { pullId, step, entry }: { pullId: number; step: LabelStep; entry: Pick<PlainEntry, 'at' | 'by' | 'oid'> },
): void {
  for (const { id } of step.added) addPullLabel(db, pullId, id);
  for (const { id } of step.removed) removePullLabel(db, pullId, id);
  for (const said of entriesOf(step)) addEntry(db, pullId, { ...entry, ...said, path: null, line: null });
}
