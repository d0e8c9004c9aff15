import { decideQueue } from './decide-queue.ts';
import { compareEntries } from './order-entries.ts';
import type { QueueAction, QueuedEntry, QueueLimits, QueueRun } from './queue-view.ts';
import { type Arrival, canMerge, isGreen, type Work } from './synthetic-work.ts';
import { createTimeline } from './timeline.ts';

export type Outcome = 'merged' | 'failed' | 'conflict' | 'left';

/** What happened in a simulation. */
export interface Simulated {
  readonly ends: readonly { readonly id: number; readonly outcome: Outcome; readonly at: number }[];
  /** Tests of a commit, the repeated ones too. */
  readonly runs: number;
  /** Of each search for what broke a batch: the batch's entries, and the runs that it took beyond the batch's own. */
  readonly searches: readonly { readonly size: number; readonly runs: number }[];
  /** Moves of the branch to a commit on which the checks fail. */
  readonly redMerges: number;
  /** Merges that overtook an entry which could have been in their place. */
  readonly overtakings: number;
  /** Entries whose checks pass where they stood, that were put out by chance. */
  readonly innocents: number;
  readonly endedAt: number;
}

interface Run {
  id: number;
  commit: string;
  purpose: QueueRun['purpose'];
  state: QueueRun['state'];
  isFlaky: boolean;
  tries: number;
  size: number;
  /** Entries of the commit. */
  readonly has: ReadonlySet<number>;
}

type Entry = { -readonly [K in keyof QueuedEntry]: QueuedEntry[K] } & { arrival: Arrival; appendedAt: number };

/** The policy on a branch of its own, with a clock that jumps and checks that pass or fail by chance. */
export function simulateQueue(work: Work, limits: QueueLimits, random: () => number): Simulated {
  const line = createTimeline();
  const byId = new Map(work.arrivals.map((arrival) => [arrival.id, arrival]));
  const merged = new Set<number>();
  const entries = new Map<number, Entry>();
  const ends: { id: number; outcome: Outcome; at: number }[] = [];
  const searches: { size: number; runs: number }[] = [];
  let base = 'c0';
  let laneBase: string | null = null;
  let lane: { entry: number; commit: string }[] = [];
  let runs: Run[] = [];
  let search: { size: number; runs: number } | null = null;
  const counts = { runs: 0, redMerges: 0, overtakings: 0, innocents: 0, commits: 0 };

  const within = (upTo: number) => new Set([...merged, ...lane.slice(0, upTo).map(({ entry }) => entry)]);
  const positionOf = (entry: number) => lane.findIndex((link) => link.entry === entry);
  const cut = (at: number) => {
    lane = at < 0 ? lane : lane.slice(0, at);
    if (lane.length === 0) laneBase = null;
  };
  const end = (id: number, outcome: Outcome) => {
    cut(positionOf(id));
    entries.delete(id);
    ends.push({ id, outcome, at: line.now() });
  };
  const endSearch = () => {
    if (search !== null) searches.push(search);
    search = null;
  };

  function begin(run: Run): void {
    counts.runs += 1;
    run.state = 'running';
    const [shortest, longest] = work.runMs;
    line.at(line.now() + Math.round(shortest + random() * (longest - shortest)), () => {
      if (!runs.includes(run)) return;
      const passes = isGreen(work.arrivals, run.has);
      const errs = passes && random() < work.flakiness;
      run.state = passes && !errs ? 'passed' : 'failed';
      run.isFlaky = errs && random() < work.known;
      settle();
    });
  }

  function append(wanted: readonly number[]): void {
    for (const id of wanted) {
      const entry = entries.get(id)!;
      if (!canMerge(entry.arrival, within(lane.length))) {
        if (!canMerge(entry.arrival, merged)) return end(id, 'conflict');
        entry.heldAt = base;
        entry.holds += 1;
        return;
      }
      if (lane.length === 0) laneBase = base;
      entry.appendedAt = line.now();
      lane.push({ entry: id, commit: `c${(counts.commits += 1)}` });
    }
  }

  function merge(upTo: number): void {
    const links = lane.slice(0, positionOf(upTo) + 1);
    const passing = runs.find(({ commit }) => commit === links[links.length - 1]!.commit)!;
    if (search !== null && passing.purpose === 'batch') endSearch();
    for (const { entry: id } of links) {
      const entry = entries.get(id)!;
      for (const other of entries.values())
        if (isPassedOver(other, entry) && positionOf(other.id) < 0) counts.overtakings += 1;
      merged.add(id);
    }
    base = links[links.length - 1]!.commit;
    lane = lane.slice(links.length);
    laneBase = lane.length === 0 ? null : base;
    for (const { entry } of links) {
      entries.delete(entry);
      ends.push({ id: entry, outcome: 'merged', at: line.now() });
    }
    if (!isGreen(work.arrivals, merged)) counts.redMerges += 1;
  }

  function putOut(id: number): void {
    const before = within(positionOf(id));
    if (isGreen(work.arrivals, before) && isGreen(work.arrivals, new Set([...before, id]))) counts.innocents += 1;
    endSearch();
    end(id, 'failed');
  }

  function act(action: QueueAction): void {
    switch (action.kind) {
      case 'leave':
        end(action.entry, 'left');
        if (!runs.some(({ state, commit }) => state === 'failed' && lane.some((link) => link.commit === commit)))
          search = null;
        return;
      case 'reset':
        return cut(0);
      case 'drop':
        runs = runs.filter(({ id }) => id !== action.run);
        return;
      case 'merge':
        return merge(action.upTo);
      case 'put_out':
        return putOut(action.entry);
      case 'append':
        return append(action.entries);
      case 'test': {
        const { upTo, purpose, size } = action;
        const at = positionOf(upTo);
        const { commit } = lane[at]!;
        if (purpose === 'search') noteSearch();
        const has = within(at + 1);
        const run: Run = {
          id: counts.runs + 1,
          commit,
          purpose,
          state: 'running',
          isFlaky: false,
          tries: 1,
          size,
          has,
        };
        runs.push(run);
        return begin(run);
      }
      case 'retest': {
        const run = runs.find(({ id }) => id === action.run)!;
        if (!action.isFlaky) noteSearch();
        run.tries += 1;
        return begin(run);
      }
    }
  }

  function noteSearch(): void {
    // The failed batch is still among the runs at the first step of its search.
    search ??= { size: runs.find(({ state }) => state === 'failed')!.size, runs: 0 };
    search.runs += 1;
  }

  function settle(): void {
    for (let steps = 0; ; steps += 1) {
      if (steps > 10_000) throw new Error('the policy does not come to rest');
      const free = work.budget - runs.filter(({ state }) => state === 'running').length;
      const actions = decideQueue({ base, laneBase, lane, runs, entries: [...entries.values()] }, limits, free);
      if (actions.length === 0) return;
      for (const action of actions) act(action);
    }
  }

  for (const arrival of work.arrivals) {
    const { id, at, priority, leavesAt } = arrival;
    line.at(at, () => {
      const state = { isReady: true, leaves: null, heldAt: null, holds: 0 };
      entries.set(id, { id, priority, queuedAt: at, ...state, arrival, appendedAt: Infinity });
      settle();
    });
    if (leavesAt !== null)
      line.at(leavesAt, () => {
        const entry = entries.get(id);
        if (entry === undefined) return;
        entry.leaves = 'a push';
        settle();
      });
  }
  line.run();
  if (ends.length !== byId.size) throw new Error('entries were left behind');
  return { ends, searches, endedAt: line.now(), ...counts };
}

/** Whether `other` was there, without a conflict, before `entry` came into the lane, and should have gone first. */
function isPassedOver(other: Entry, entry: Entry): boolean {
  if (other === entry || other.holds + entry.holds > 0) return false;
  return other.queuedAt < entry.appendedAt && compareEntries(other, entry) < 0;
}
