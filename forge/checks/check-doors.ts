import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { suiteRef } from '../git/checks.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Listening } from '../sockets.ts';
import { findRun, placeOfRun } from '../store/check-runs.ts';
import { findSuite } from '../store/check-suites.ts';

/** The sockets of running checks: each serves one commit of one repository to one box. */
export interface CheckDoors {
  /**
   * Listens for a run at that path, once; a socket that hived has replaced by another directory is made again. Throws
   * when it cannot.
   */
  open(run: number, path: string): Promise<void>;
  close(): Promise<void>;
  cut(): void;
}

/** `listen` starts to serve git for that caller at a path. */
export function createCheckDoors(
  core: Pick<ForgeCore, 'db' | 'checks' | 'inBackground'>,
  listen: (caller: RepoCaller, path: string) => Promise<Listening>,
): CheckDoors {
  const doors = new Map<number, { path: string; opening: Promise<Listening> }>();
  let isClosed = false;

  async function shut(run: number): Promise<void> {
    const door = doors.get(run);
    doors.delete(run);
    const listening = await door?.opening.catch(() => null);
    // Nothing that it still serves is of use to anybody.
    listening?.cut();
    await listening?.close();
  }

  core.checks.onRunEnded((run) => {
    if (doors.has(run)) core.inBackground(() => shut(run));
  });

  return {
    async open(run, path) {
      const known = doors.get(run);
      if (known !== undefined && known.path === path) {
        const listening = await known.opening.catch(() => null);
        if (listening !== null && (await listening.isOurs())) return;
      }
      await shut(run);
      const caller = callerOf(core, run);
      if (caller === null || isClosed) return;
      const opening = listen(caller, path);
      doors.set(run, { path, opening });
      await opening.catch((error: unknown) => {
        doors.delete(run);
        throw error;
      });
      // It ended while the socket was made.
      if (isClosed || callerOf(core, run) === null) await shut(run);
    },
    async close() {
      isClosed = true;
      await Promise.all([...doors.keys()].map(shut));
    },
    cut() {
      for (const { opening } of doors.values())
        void opening.then(
          (listening) => listening.cut(),
          () => undefined,
        );
    },
  };
}

/** The caller that a running run is for the forge; null: it does not run. */
function callerOf({ db }: Pick<ForgeCore, 'db'>, id: number): RepoCaller | null {
  const [run, place] = [findRun(db, id), placeOfRun(db, id)];
  const suite = run === null ? null : findSuite(db, run.suiteId);
  if (run?.state !== 'running' || place === null || suite === null) return null;
  const { owner, name } = place;
  return { kind: 'check', run: id, owner, repo: name, ref: suiteRef(suite.id), commit: suite.commit };
}
