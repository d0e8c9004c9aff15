import { mayFollow } from '../../protocol/check-states.ts';
import type { Db } from '../../store/open-store.ts';
import { type Run, setRunState } from '../store/check-runs.ts';

/** Changes a run's state. Asserts that the table of states allows it (protocol/check-states.ts). */
export function changeRun(db: Db, run: Run, to: Parameters<typeof setRunState>[2]): void {
  if (!mayFollow(run.state, to.state)) throw new Error(`a run of a check cannot go from ${run.state} to ${to.state}`);
  setRunState(db, run.id, to);
}
