import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CheckEnd, CheckJob } from '../../protocol/schemas/check.ts';
import type { ForgeRig } from './forge-rig.ts';

/** hived's side of checks: takes runs, and says how they ended, without a box. */
export interface TestHolder {
  readonly holder: string;
  /** The next run; null: there is none at once. */
  claim(waitMs?: number): Promise<CheckJob | null>;
  report(run: number, text?: string, socket?: string | null): Promise<boolean>;
  end(run: number, end: CheckEnd): Promise<void>;
  exit(run: number, exitCode: number): Promise<void>;
}

export function holdChecks({ operator }: Pick<ForgeRig, 'operator'>): TestHolder {
  const holder = randomUUID();
  const held = new Set<number>();
  const end = async (run: number, how: CheckEnd) => void (await operator.call('endCheck', { run, holder, end: how }));
  return {
    holder,
    async claim(waitMs = 25_000) {
      const { job } = await operator.call('claimCheck', { holder, held: [...held], waitMs });
      if (job !== null) held.add(job.run);
      return job;
    },
    report: async (run, text = '', socket = null) =>
      (await operator.call('reportCheck', { run, holder, socket, text })).goesOn,
    end,
    exit: (run, exitCode) => end(run, { kind: 'exited', exitCode, outOfMemory: false }),
  };
}

/** The path of a socket for a run. */
export function socketIn({ dir }: Pick<ForgeRig, 'dir'>, run: number): string {
  return join(dir, `check-${run}.sock`);
}
