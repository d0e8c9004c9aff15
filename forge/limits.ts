/** What the forge grants its callers; each is enforced, and told in docs/forge.md. */
export interface Limits {
  /** One push's pack; git refuses more in words. */
  readonly maxPackBytes: number;
  /** A fetch's negotiation (after gunzip). */
  readonly maxNegotiationBytes: number;
  /** All repositories of one owner, on disk. */
  readonly maxOwnerBytes: number;
  readonly maxOwnerRepositories: number;
  /** Branches and tags of all repositories of one owner. */
  readonly maxOwnerRefs: number;
  /** Objects of all repositories of one owner: files, trees, commits, tags. */
  readonly maxOwnerObjects: number;
  /** Branches and tags that one push may change. */
  readonly maxRefsPerPush: number;
  /** git processes that serve clients, in all and for one caller; more wait their turn. */
  readonly gitProcesses: number;
  readonly gitProcessesPerCaller: number;
  /** Beyond these, for callers that have none running. */
  readonly gitProcessesReserved: number;
  /** git processes that read for lists and histories, in all; one for each caller. */
  readonly gitLooks: number;
  /** How long such a reader waits for its turn before it is refused. */
  readonly maxLookWaitMs: number;
  readonly connectionsPerSocket: number;
  /** Neither side sent a byte for so long. */
  readonly idleMs: number;
  /** How fast a client has to send or take, on average; idleMs of waiting for it are free. */
  readonly minBytesPerSecond: number;
  /** After how long who waits for a turn is told so, and refused. */
  readonly tellWaitMs: number;
  readonly maxWaitMs: number;
  /** One clone, fetch or push in all. */
  readonly totalMs: number;
  /** From SIGTERM to SIGKILL for a git process group whose client went away. */
  readonly killGraceMs: number;
  /** A refusal of the same caller and repository is a fact at most this often. */
  readonly refusalEveryMs: number;
  /** Refusals of one caller that become facts in that time, whatever it asks for. */
  readonly maxRefusals: number;
  /** Notices to one author about pushes whose answer it did not get, in that time. */
  readonly maxPushMails: number;
  readonly pushMailMs: number;
  readonly keepFactsMs: number;
  /** How long the directory of a removed repository is kept, and how often it is looked whether it is time. */
  readonly keepRemovedMs: number;
  readonly sweepRemovedMs: number;
  /** Packs in a repository from which on it is repacked after a push. */
  readonly repackFromPacks: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 * 1024;

export function chooseLimits(maxPackBytes: number): Limits {
  return {
    maxPackBytes,
    maxNegotiationBytes: 32 * MIB,
    maxOwnerBytes: 10 * maxPackBytes,
    maxOwnerRepositories: 200,
    maxOwnerRefs: 20_000,
    maxOwnerObjects: 2_000_000,
    maxRefsPerPush: 1000,
    gitProcesses: 16,
    gitProcessesPerCaller: 4,
    gitProcessesReserved: 16,
    gitLooks: 4,
    maxLookWaitMs: 20_000,
    connectionsPerSocket: 128,
    idleMs: 2 * MINUTE_MS,
    minBytesPerSecond: 4 * 1024,
    tellWaitMs: 3_000,
    maxWaitMs: 10 * MINUTE_MS,
    totalMs: 30 * MINUTE_MS,
    killGraceMs: 2_000,
    refusalEveryMs: MINUTE_MS,
    maxRefusals: 20,
    maxPushMails: 3,
    pushMailMs: 60 * MINUTE_MS,
    keepFactsMs: 30 * DAY_MS,
    keepRemovedMs: 30 * DAY_MS,
    sweepRemovedMs: DAY_MS,
    repackFromPacks: 20,
  };
}
