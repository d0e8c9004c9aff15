import type { CheckCaller, RepoCaller } from '../../protocol/access/repo-access.ts';
import type {
  CacheView,
  CheckDescription,
  CheckEnd,
  CheckJob,
  CheckRun,
  PullChecks,
} from '../../protocol/schemas/check.ts';
import type { CheckDoors } from '../checks/check-doors.ts';
import { type GivenCache, giveCache, hasCache } from '../checks/caches/give-cache.ts';
import { listCaches, removeCaches } from '../checks/caches/manage-caches.ts';
import { takeCache } from '../checks/caches/take-cache.ts';
import { requestChecks } from '../checks/check-pulls.ts';
import { claimRun } from '../checks/claim-run.ts';
import { describeCheck, listChecks, readCheckLog, retryCheck } from '../checks/look-at-checks.ts';
import { type ArtifactPage, readArtifact } from '../checks/read-artifact.ts';
import { reportEnd, reportRun } from '../checks/report-run.ts';
import { type HandedOver, takeArtifact } from '../checks/take-artifact.ts';
import { takeReport } from '../checks/take-report.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { RepoPath } from './open-repository.ts';

type RunPath = RepoPath & { readonly run: number };
/** A run, and the run of hived that has it. */
interface Held {
  readonly run: number;
  readonly holder: string;
}

/** Checks, for those who read a repository and for hived. Errors as those of the backend. */
export interface CheckBackend {
  list(caller: RepoCaller, wanted: RepoPath & { pull: number | null; limit: number }): Promise<CheckRun[]>;
  describe(caller: RepoCaller, wanted: RunPath): Promise<CheckDescription>;
  log(
    caller: RepoCaller,
    wanted: RunPath & { before: number | null; limit: number },
  ): Promise<{ run: CheckRun; text: string; before: number | null }>;
  /** A part of an artifact's bytes. */
  artifact(
    caller: RepoCaller,
    wanted: RunPath & { artifact: number; offset: number; limit: number },
  ): Promise<ArtifactPage>;
  caches(caller: RepoCaller, path: RepoPath): Promise<CacheView[]>;
  removeCaches(caller: RepoCaller, wanted: RepoPath & { cache: number | null }): Promise<number>;
  retry(caller: RepoCaller, wanted: RunPath): Promise<CheckRun>;
  request(caller: RepoCaller, wanted: RepoPath & { number: number; signal: AbortSignal }): Promise<PullChecks>;
  claim(wanted: {
    holder: string;
    held: readonly number[];
    waitMs: number;
    signal: AbortSignal;
  }): Promise<CheckJob | null>;
  /** Whether it goes on. */
  report(report: Held & { socket: string | null; text: string }): Promise<boolean>;
  end(report: Held & { end: CheckEnd }): Promise<void>;
  /** What the box of a running check hands over. */
  takeArtifact(caller: CheckCaller, given: HandedOver): Promise<void>;
  takeReport(caller: CheckCaller, bytes: Buffer): Promise<void>;
  takeCache(caller: CheckCaller, given: { at: number; content: AsyncIterable<Uint8Array> }): Promise<void>;
  /** Whether there is one of that key. */
  hasCache(caller: CheckCaller, at: number): Promise<boolean>;
  /** What it begins with. */
  giveCache(caller: CheckCaller, at: number): Promise<GivenCache>;
}

/** `finish` tracks work and turns its failures into the forge's errors. */
export function createCheckBackend(
  core: ForgeCore,
  finish: <T>(work: Promise<T>) => Promise<T>,
  doors: Pick<CheckDoors, 'open'>,
): CheckBackend {
  return {
    list: (caller, wanted) => finish(listChecks(core, caller, wanted)),
    describe: (caller, wanted) => finish(describeCheck(core, caller, wanted)),
    log: (caller, wanted) => finish(readCheckLog(core, caller, wanted)),
    artifact: (caller, wanted) => finish(readArtifact(core, caller, wanted)),
    caches: (caller, path) => finish(listCaches(core, caller, path)),
    removeCaches: (caller, wanted) => finish(removeCaches(core, caller, wanted)),
    retry: (caller, wanted) => finish(retryCheck(core, caller, wanted)),
    request: (caller, wanted) => finish(requestChecks(core, caller, wanted)),
    claim: (wanted) => finish(claimRun(core, wanted)),
    report: ({ socket, ...report }) =>
      finish(
        (async () => {
          if (!reportRun(core, report)) return false;
          if (socket !== null) await doors.open(report.run, socket);
          return true;
        })(),
      ),
    end: (report) => finish((async () => reportEnd(core, report))()),
    takeArtifact: (caller, given) => finish(takeArtifact(core, caller, given)),
    takeCache: (caller, given) => finish(takeCache(core, caller, given)),
    hasCache: (caller, at) => finish((async () => hasCache(core, caller, at))()),
    giveCache: (caller, at) => finish(giveCache(core, caller, at)),
    takeReport: (caller, bytes) => finish((async () => takeReport(core, caller, bytes))()),
  };
}
