import type { UpkeepStep } from '../../../protocol/schemas/upkeep.ts';

/** A repository as it was measured. Times are epoch milliseconds. */
export interface UpkeepFacts {
  readonly now: number;
  readonly packs: number;
  /** Objects in files of their own. */
  readonly loose: number;
  readonly objects: number;
  readonly bytes: number;
  /** Whether objects wait on the disk for the end of their grace. */
  readonly hasUnreachable: boolean;
  /** Rises when a branch or tag moves. */
  readonly refsVersion: number;
  readonly createdAt: number;
  /** What earlier runs did; null: never. */
  readonly packedAt: number | null;
  readonly graphVersion: number | null;
  readonly prunedAt: number | null;
  readonly prunedVersion: number | null;
  /** Of the file system. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface UpkeepRules {
  readonly repackFromPacks: number;
  readonly repackFromLoose: number;
  readonly repackEveryMs: number;
  readonly pruneEveryMs: number;
}

export type UpkeepDecision =
  | { readonly kind: 'work'; readonly steps: readonly UpkeepStep[] }
  /** A copy of the repository would not fit. */
  | { readonly kind: 'disk_is_short' };

/** `asked`: somebody wants it now, whether it pays or not. */
export function decideUpkeep(facts: UpkeepFacts, rules: UpkeepRules, asked: boolean): UpkeepDecision {
  const steps = asked ? stepsAskedFor(facts) : stepsThatPay(facts, rules);
  const writes = steps.includes('pack') || steps.includes('prune');
  return writes && !hasRoom(facts) ? { kind: 'disk_is_short' } : { kind: 'work', steps };
}

function stepsAskedFor({ objects }: UpkeepFacts): UpkeepStep[] {
  return objects === 0 ? [] : ['graph', 'prune'];
}

function stepsThatPay(facts: UpkeepFacts, rules: UpkeepRules): UpkeepStep[] {
  const { now, objects, packs, loose, refsVersion } = facts;
  if (objects === 0) return [];
  if (isPruneDue(facts, rules)) return ['graph', 'prune'];
  const isOld = now - (facts.packedAt ?? facts.createdAt) >= rules.repackEveryMs;
  const isMany = packs >= rules.repackFromPacks || loose >= rules.repackFromLoose;
  const packing = isMany || (isOld && packs + loose > 1);
  return [...(packing ? (['pack'] as const) : []), ...(facts.graphVersion === refsVersion ? [] : (['graph'] as const))];
}

/** It rewrites everything: seldom, and only when something may have become unreachable, or has waited. */
function isPruneDue(facts: UpkeepFacts, { pruneEveryMs }: UpkeepRules): boolean {
  const { now, createdAt, prunedAt, prunedVersion, refsVersion, hasUnreachable } = facts;
  if (now - (prunedAt ?? createdAt) < pruneEveryMs) return false;
  return hasUnreachable || prunedVersion !== refsVersion;
}

const GIB = 1024 ** 3;

/** Rewriting needs space for a copy; so much is left for everybody else. */
function hasRoom({ bytes, freeBytes, totalBytes }: UpkeepFacts): boolean {
  return freeBytes - bytes >= Math.min(GIB, totalBytes / 10);
}

/** How long a push waits for a step before that is ended; longer each time, so that a busy repository is packed, too. */
export function chooseYieldMs(yieldMs: number, interrupted: number): number {
  return Math.min(60_000, yieldMs * 4 ** interrupted);
}

/** The rest after work of this length: maintenance works at most a quarter of all time. */
export function chooseRestMs(workedMs: number): number {
  return Math.min(10 * 60_000, 3 * workedMs);
}

/** The time of the next look; `random` in [0, 1): repositories that came together are not looked at together for ever. */
export function chooseNextAt(now: number, everyMs: number, random: number): number {
  return Math.round(now + everyMs * (0.75 + random / 2));
}
