import { HiveError } from '../../../../protocol/errors.ts';
import { forgeSurface } from '../../../../protocol/operations/services.ts';
import type { CheckJob } from '../../../../protocol/schemas/check.ts';
import { pause } from '../../../../system/pause.ts';
import { connectSurface } from '../../../../wire/client.ts';
import type { Config } from '../../config/schema.ts';
import type { LocalNode } from '../../node/local-node.ts';
import type { Users } from '../../node/users.ts';
import type { CheckBox, Runtime } from '../../runtime/runtime.ts';
import type { CheckStanding } from './check-standing.ts';
import { hasRoom } from './has-room.ts';
import { planCheckBox } from './plan-check-box.ts';
import { runCheck } from './run-check.ts';

/** How long one question for a run waits in the forge. */
const CLAIM_MS = 25_000;
/** Pause before the next look at the engine, the image, the memory or the forge. */
const AGAIN_MS = 2_000;

export interface ChecksDeps {
  readonly runtime: Runtime<CheckBox>;
  readonly node: Pick<LocalNode, 'prepareCheck' | 'removeCheck'>;
  readonly users: Pick<Users, 'check' | 'separate' | 'sharedGroup'>;
  readonly config: Pick<Config, 'checks' | 'defaults' | 'harness'>;
  readonly timeZone: string;
  /** The path of the forge's socket for hived. */
  readonly socket: string;
  /** This run of hived. */
  readonly holder: string;
  readonly freeBytes: () => number;
  readonly redact: (text: string) => string;
  /** Kept up to date, for the doctor. */
  readonly standing: CheckStanding;
}

/**
 * Carries out the forge's checks until the signal fires: as many at once as the configuration allows and the machine
 * has memory for. Boxes of checks that an earlier hived left are removed first; the forge counts their runs as lost.
 */
export async function runChecks(
  deps: ChecksDeps,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  await removeLeftovers(deps, signal, onError);
  const slots = deps.config.checks.at_once;
  if (slots === 0) return;
  // One connection for the claim, one for the reports of each run.
  const forge = connectSurface(forgeSurface, deps.socket, { connections: slots + 1 });
  const free = Array.from({ length: slots }, (_, slot) => slot);
  /** The runs, each until the forge knows its end. */
  const running = new Map<number, Promise<void>>();

  function begin(job: CheckJob, slot: number): void {
    const { config, timeZone, users } = deps;
    const uid = users.check(slot);
    const gid = users.separate ? uid : users.sharedGroup;
    const plan = planCheckBox(job, { uid, gid, image: config.defaults.image, checks: config.checks, timeZone });
    const done = runCheck({ ...deps, forge, onError }, { job, plan, uid }, signal);
    deps.standing.running = running.size + 1;
    running.set(
      job.run,
      done.finally(() => {
        running.delete(job.run);
        free.push(slot);
        deps.standing.running = running.size;
      }),
    );
  }

  /** One at a time, so that the forge knows which answers were lost. Undefined: the forge does not answer. */
  async function claim(): Promise<CheckJob | null | undefined> {
    try {
      const input = { holder: deps.holder, held: [...running.keys()], waitMs: CLAIM_MS };
      return (await forge.call('claimCheck', input, { signal, timeoutMs: CLAIM_MS + 10_000 })).job;
    } catch (error) {
      // Its supervisor logs why it does not answer.
      if (!signal.aborted && !(error instanceof HiveError)) onError(error);
      return undefined;
    }
  }

  try {
    while (!signal.aborted) {
      if (free.length === 0) {
        await Promise.race(running.values());
        continue;
      }
      const job = (await mayBegin(deps, running.size)) ? await claim() : undefined;
      const slot = job === undefined || job === null ? undefined : free.pop();
      if (job !== undefined && job !== null && slot !== undefined) begin(job, slot);
      // An answer without a run has waited already.
      else if (job === undefined) await pause(AGAIN_MS, signal);
    }
    await Promise.all(running.values());
  } finally {
    await forge.close();
  }
}

async function mayBegin(deps: ChecksDeps, running: number): Promise<boolean> {
  deps.standing.running = running;
  deps.standing.waitsFor = await findObstacle(deps, running);
  return deps.standing.waitsFor === null;
}

/** What is missing for one more check; null: nothing. */
async function findObstacle({ runtime, config, freeBytes }: ChecksDeps, running: number): Promise<string | null> {
  const { memory_mb: memoryMb } = config.checks;
  const room = { running, freeBytes: freeBytes(), memoryMb, reserveMb: config.harness.memory_reserve_mb };
  if (!hasRoom(room)) return `for ${memoryMb} MiB of free memory (checks.memory_mb)`;
  if (!(await runtime.ping()).ok) return 'for the container engine';
  const { image } = config.defaults;
  return (await runtime.hasImage(image).catch(() => false)) ? null : `for the image ${image}`;
}

/** Removes every box of a check and every directory of their sockets; waits for an engine that is away. */
async function removeLeftovers(
  { runtime, node }: Pick<ChecksDeps, 'runtime' | 'node'>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted)
    try {
      for (const box of await runtime.list()) await runtime.destroy(box);
      await node.removeCheck(null);
      return;
    } catch (error) {
      if (!(error instanceof HiveError)) onError(error);
      await pause(AGAIN_MS, signal);
    }
}
