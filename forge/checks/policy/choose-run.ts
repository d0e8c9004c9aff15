/** Where a run belongs. */
export interface RunOwner {
  readonly owner: string;
  readonly repositoryId: number;
}

/** A queued run. */
export interface WaitingRun extends RunOwner {
  readonly run: number;
  readonly priority: number;
  readonly queuedAt: number;
}

/** When the last run of each owner, and of each repository, began (epoch ms). */
export interface LastServed {
  readonly owners: ReadonlyMap<string, number>;
  readonly repositories: ReadonlyMap<number, number>;
}

/**
 * The run that begins next: of the owner with the fewest running ones, then of the one that was served longest ago; the
 * same among the repositories of that owner; among the runs of one by priority, the higher first, then by age. Null: none
 * waits.
 */
export function chooseRun(
  waiting: readonly WaitingRun[],
  { running, served }: { readonly running: readonly RunOwner[]; readonly served: LastServed },
): WaitingRun | null {
  const ofOwner = count(running.map(({ owner }) => owner));
  const ofRepository = count(running.map(({ repositoryId }) => repositoryId));
  const rank = ({ owner, repositoryId, priority, queuedAt, run }: WaitingRun) => [
    ofOwner.get(owner) ?? 0,
    served.owners.get(owner) ?? 0,
    ofRepository.get(repositoryId) ?? 0,
    served.repositories.get(repositoryId) ?? 0,
    -priority,
    queuedAt,
    run,
  ];
  let best: WaitingRun | null = null;
  for (const run of waiting) if (best === null || isBefore(rank(run), rank(best))) best = run;
  return best;
}

function count<K>(keys: readonly K[]): ReadonlyMap<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? 0;
    if (value !== against) return value < against;
  }
  return false;
}
