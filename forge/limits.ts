import { MOST_LABELS } from '../protocol/schemas/label.ts';
import {
  MOST_ARTIFACT_BYTES,
  MOST_ARTIFACTS,
  MOST_CACHE_BYTES,
  MOST_REPORT_BYTES,
  MOST_REPORTS,
} from '../protocol/check-places.ts';

/** The forge's limits for its callers; each is enforced, and documented in docs/forge.md. */
export interface Limits {
  /** One push's pack; a larger one is refused with a reason. */
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
  /** git processes that serve clients, in total and per caller; more wait for their turn. */
  readonly gitProcesses: number;
  readonly gitProcessesPerCaller: number;
  /** Additional ones, for callers that have none running. */
  readonly gitProcessesReserved: number;
  /** git processes that read for lists and histories, in total; one per caller. */
  readonly gitReads: number;
  /** How long such a reader waits for its turn before it is refused. */
  readonly maxReadWaitMs: number;
  readonly connectionsPerSocket: number;
  /** Maximum time in which neither side sent a byte. */
  readonly idleMs: number;
  /** Minimum average speed of a client; idleMs of waiting for it are free. */
  readonly minBytesPerSecond: number;
  /** How long a caller waits for its turn before it is shown the reason, and before it is refused. */
  readonly tellWaitMs: number;
  readonly maxWaitMs: number;
  /** Total time of one clone, fetch or push. */
  readonly totalMs: number;
  /** From SIGTERM to SIGKILL for a git process group whose client disconnected. */
  readonly killGraceMs: number;
  /** Minimum time between facts about refusals of the same caller and repository. */
  readonly refusalEveryMs: number;
  /** Refusals of one caller that become facts in that time, for any repositories. */
  readonly maxRefusals: number;
  /** How long the search of one push for secrets may take, and how long it waits for hived while that restarts. */
  readonly searchMs: number;
  readonly searchPatienceMs: number;
  /** Minimum time between facts about the same secrets in pushes of the same caller to the same repository. */
  readonly secretsEveryMs: number;
  /** Such facts about one caller in that time. */
  readonly maxSecretReports: number;
  /** Notices to one author about lost pushes in that time. */
  readonly maxPushMails: number;
  readonly pushMailMs: number;
  readonly keepFactsMs: number;
  /** Open pull requests of one author in one repository, entries in the conversation of one, rules of one repository. */
  readonly maxOpenPulls: number;
  readonly maxPullEntries: number;
  /** Characters of all conversations of one repository; the oldest that ended are deleted for new ones. */
  readonly maxPullChars: number;
  /** Reviews, comments and changes of one author in an hour. */
  readonly maxPullWrites: number;
  readonly maxRules: number;
  /** Labels of one repository. */
  readonly maxLabels: number;
  /** Runs of checks of one repository that wait or run. */
  readonly maxOpenChecks: number;
  /** How long a run of a check counts as alive without a word of hived. */
  readonly checkLeaseMs: number;
  /** Characters of one run's output that are kept: of its beginning, and in all. */
  readonly checkLogHead: number;
  readonly checkLogChars: number;
  /** Characters of all outputs, and how long they and the runs are kept. */
  readonly allCheckLogChars: number;
  readonly keepCheckLogsMs: number;
  readonly keepChecksMs: number;
  /** Files that one run hands over: how many, the bytes of one, and of all of them. */
  readonly maxArtifacts: number;
  readonly maxArtifactBytes: number;
  readonly maxRunArtifactBytes: number;
  /** Bytes of all artifacts, and how long they are kept. */
  readonly allArtifactBytes: number;
  readonly keepArtifactsMs: number;
  /** Reports of tests that one run hands over, the bytes of one, and of all of them. */
  readonly maxReports: number;
  readonly maxReportBytes: number;
  readonly maxRunReportBytes: number;
  /** Bytes of one cache and of all, and how long one is kept that nobody uses. */
  readonly maxCacheBytes: number;
  readonly allCacheBytes: number;
  readonly keepCachesMs: number;
  /** Statuses of one setter about one commit, and in one repository; how long they are kept. */
  readonly maxStatuses: number;
  readonly maxStatusesOfSetter: number;
  readonly keepStatusesMs: number;
  /** Pull requests of one repository that wait to be merged. */
  readonly maxQueueEntries: number;
  /** Runs of checks that all merge queues together have under way. */
  readonly maxQueueRuns: number;
  /** Tokens of the whole forge. */
  readonly maxTokens: number;
  /** Imports, and updates of mirrors, that are under way at once. */
  readonly maxTransfers: number;
  /** How long an import that has ended is listed. */
  readonly keepImportsMs: number;
  /** How long the directory of a removed repository is kept, and the interval of checking. */
  readonly keepRemovedMs: number;
  readonly sweepRemovedMs: number;
  /** Packs, and objects in files of their own, from which a repository is repacked; and its age from which a few are enough. */
  readonly repackFromPacks: number;
  readonly repackFromLoose: number;
  readonly repackEveryMs: number;
  /** How often what no ref leads to is looked for, and how long it is kept after that. */
  readonly pruneEveryMs: number;
  readonly pruneGraceMs: number;
  /** Looks at one repository for maintenance: normally, and after one that was ended for a push. */
  readonly upkeepEveryMs: number;
  readonly upkeepRetryMs: number;
  /** From the start of the forge to the first look, and between looks whether one is due. */
  readonly upkeepFirstMs: number;
  readonly upkeepTickMs: number;
  /** The check of one repository: how often, and how long it may take. */
  readonly fsckEveryMs: number;
  readonly fsckMs: number;
  /** How long maintenance waits for pushes of a repository before others have their turn. */
  readonly upkeepWaitMs: number;
  /** How long a push waits for maintenance before that is ended. */
  readonly upkeepYieldMs: number;
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
    gitReads: 4,
    maxReadWaitMs: 20_000,
    connectionsPerSocket: 128,
    idleMs: 2 * MINUTE_MS,
    minBytesPerSecond: 4 * 1024,
    tellWaitMs: 3_000,
    maxWaitMs: 10 * MINUTE_MS,
    totalMs: 30 * MINUTE_MS,
    killGraceMs: 2_000,
    refusalEveryMs: MINUTE_MS,
    maxRefusals: 20,
    searchMs: 10 * MINUTE_MS,
    searchPatienceMs: 30_000,
    secretsEveryMs: 60 * MINUTE_MS,
    maxSecretReports: 10,
    maxPushMails: 3,
    pushMailMs: 60 * MINUTE_MS,
    keepFactsMs: 30 * DAY_MS,
    maxOpenPulls: 200,
    maxPullEntries: 2_000,
    maxPullChars: 100_000_000,
    maxPullWrites: 300,
    maxRules: 50,
    maxLabels: MOST_LABELS,
    maxOpenChecks: 500,
    checkLeaseMs: MINUTE_MS,
    checkLogHead: 65_536,
    checkLogChars: 1_000_000,
    allCheckLogChars: 200_000_000,
    keepCheckLogsMs: 14 * DAY_MS,
    keepChecksMs: 30 * DAY_MS,
    maxArtifacts: MOST_ARTIFACTS,
    maxArtifactBytes: MOST_ARTIFACT_BYTES,
    maxRunArtifactBytes: 2 * MOST_ARTIFACT_BYTES,
    allArtifactBytes: 2_048 * MIB,
    keepArtifactsMs: 14 * DAY_MS,
    maxReports: MOST_REPORTS,
    maxReportBytes: MOST_REPORT_BYTES,
    maxRunReportBytes: 2 * MOST_REPORT_BYTES,
    maxCacheBytes: MOST_CACHE_BYTES,
    allCacheBytes: 2_048 * MIB,
    keepCachesMs: 30 * DAY_MS,
    maxStatuses: 100,
    maxStatusesOfSetter: 1_000,
    keepStatusesMs: 30 * DAY_MS,
    maxQueueEntries: 1_000,
    maxQueueRuns: 3,
    maxTokens: 100,
    maxTransfers: 2,
    keepImportsMs: 60 * MINUTE_MS,
    keepRemovedMs: 30 * DAY_MS,
    sweepRemovedMs: DAY_MS,
    repackFromPacks: 20,
    repackFromLoose: 500,
    repackEveryMs: DAY_MS,
    pruneEveryMs: 7 * DAY_MS,
    pruneGraceMs: 7 * DAY_MS,
    upkeepEveryMs: 6 * 60 * MINUTE_MS,
    upkeepRetryMs: 15 * MINUTE_MS,
    upkeepFirstMs: 5 * MINUTE_MS,
    upkeepTickMs: MINUTE_MS,
    fsckEveryMs: 7 * DAY_MS,
    fsckMs: 15 * MINUTE_MS,
    upkeepWaitMs: 2 * MINUTE_MS,
    upkeepYieldMs: 2_000,
  };
}
