import { HiveError } from '../../../../protocol/errors.ts';
import type { forgeSurface } from '../../../../protocol/operations/services.ts';
import type { CheckEnd, CheckJob } from '../../../../protocol/schemas/check.ts';
import { createWakeups, pause } from '../../../../system/pause.ts';
import type { SurfaceClient } from '../../../../wire/client.ts';
import type { LocalNode } from '../../node/local-node.ts';
import type { BoxPlan, BoxRef, CheckBox, Runtime } from '../../runtime/runtime.ts';
import { type CheckOutput, createCheckOutput } from './check-output.ts';
import { judgeEnd } from './judge-end.ts';

/** Milliseconds between two reports of a run; more output is sent at once. */
const REPORT_MS = 1_000;
/** How long the forge may be away when a run has ended, before that is given up. */
const PATIENCE_MS = 120_000;
/** The same when hived stops. */
const HASTE_MS = 2_000;
const AGAIN_MS = 500;

export interface RunCheckDeps {
  readonly runtime: Runtime<CheckBox>;
  readonly node: Pick<LocalNode, 'prepareCheck' | 'removeCheck'>;
  readonly forge: Pick<SurfaceClient<typeof forgeSurface>, 'call'>;
  /** This run of hived. */
  readonly holder: string;
  readonly redact: (text: string) => string;
  readonly onError: (error: unknown) => void;
}

/**
 * Carries out one run in a box of its own and tells the forge how it ended. Whatever happens, the box and the socket's
 * directory are gone when it resolves; never rejects. `signal`: hived stops.
 */
export async function runCheck(
  deps: RunCheckDeps,
  { job, plan, uid }: { job: CheckJob; plan: BoxPlan<CheckBox>; uid: number },
  signal: AbortSignal,
): Promise<void> {
  const output = createCheckOutput(deps.redact);
  // The forge wants no more of this run.
  const dropped = new AbortController();
  const ended = new AbortController();
  const told = tellProgress(deps, { run: job.run, output, ended: ended.signal, onDropped: () => dropped.abort() });
  let end: CheckEnd;
  try {
    const socket = await deps.node.prepareCheck(job.run, uid);
    told.serveAt(socket);
    end = await runBox(deps, { job, plan, output }, { stop: signal, dropped: dropped.signal });
  } catch (error) {
    if (!(error instanceof HiveError)) deps.onError(error);
    end = signal.aborted ? { kind: 'returned' } : { kind: 'lost', reason: sayTrouble(error) };
  }
  output.end();
  ended.abort();
  await told.done;
  if (!dropped.signal.aborted) await tellEnd(deps, { run: job.run, output, end }, signal);
  await deps.node.removeCheck(job.run).catch(deps.onError);
}

function sayTrouble(error: unknown): string {
  return error instanceof HiveError
    ? error.message.slice(0, 500)
    : 'its box could not be made; the log of hived says why';
}

/** Runs the box to its end, at most for the check's time, and removes it. */
async function runBox(
  { runtime, onError }: RunCheckDeps,
  { job, plan, output }: { job: CheckJob; plan: BoxPlan<CheckBox>; output: CheckOutput },
  { stop, dropped }: { stop: AbortSignal; dropped: AbortSignal },
): Promise<CheckEnd> {
  const late = new AbortController();
  const over = AbortSignal.any([stop, dropped, late.signal]);
  let box: BoxRef<CheckBox> | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    box = await runtime.create(plan);
    await runtime.start(box);
    timer = setTimeout(() => late.abort(), job.timeoutMs);
    await readToEnd(runtime, { box, output }, over);
    clearTimeout(timer);
    const why = { isLate: late.signal.aborted, isStopping: stop.aborted };
    const found = over.aborted ? null : await runtime.inspect(box);
    return judgeEnd({ ...why, end: found?.end ?? null });
  } finally {
    clearTimeout(timer);
    if (box !== null) await destroyBox(runtime, box).catch(onError);
  }
}

/** Removes the box; tries again while the engine is away. One that stays is removed by the next start of hived. */
async function destroyBox(runtime: Runtime<CheckBox>, box: BoxRef<CheckBox>): Promise<void> {
  for (let left = 3; ; left -= 1)
    try {
      return await runtime.destroy(box);
    } catch (error) {
      if (left === 0) throw error;
      await pause(AGAIN_MS, new AbortController().signal);
    }
}

/** Reads the output until the box has ended; resolves early when it is over for another reason. */
async function readToEnd(
  runtime: Runtime<CheckBox>,
  { box, output }: { box: BoxRef<CheckBox>; output: CheckOutput },
  over: AbortSignal,
): Promise<void> {
  let seen = 0;
  for (let hasEnded = false; !over.aborted;) {
    // The output comes from its beginning again: after the engine's absence, and for the last bytes of an ended box.
    let skip = seen;
    let isWhole = true;
    try {
      for await (const chunk of runtime.follow(box, over)) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        seen += fresh.length;
        output.push(fresh);
        while (output.isFull() && !over.aborted) await pause(AGAIN_MS / 10, over);
      }
    } catch (error) {
      if (!(error instanceof HiveError)) throw error;
      isWhole = false;
      await pause(AGAIN_MS, over);
    }
    if (over.aborted || (hasEnded && isWhole)) return;
    const found = await askEngine(runtime, box, over);
    if (found === null) return;
    hasEnded = found.state === 'exited';
  }
}

/** The box as it is; waits for an engine that is away. Null: it is gone. */
async function askEngine(runtime: Runtime<CheckBox>, box: BoxRef<CheckBox>, over: AbortSignal) {
  for (;;)
    try {
      return await runtime.inspect(box);
    } catch (error) {
      if (over.aborted || !(error instanceof HiveError)) throw error;
      await pause(AGAIN_MS, over);
    }
}

/** Sends the output, and that the run is alive, until `ended`. */
function tellProgress(
  { forge, holder }: RunCheckDeps,
  of: { run: number; output: CheckOutput; ended: AbortSignal; onDropped: () => void },
): { serveAt(socket: string): void; done: Promise<void> } {
  const { run, output, ended, onDropped } = of;
  const woken = createWakeups();
  let socket: string | null = null;
  const tell = async () => {
    let text = '';
    while (!ended.aborted) {
      text ||= output.take();
      const sent = await forge
        .call('reportCheck', { run, holder, socket, text }, { timeoutMs: PATIENCE_MS })
        .catch(() => null);
      if (sent?.goesOn === false) return onDropped();
      if (sent !== null) text = '';
      if (text === '' && output.isFull()) continue;
      await woken.wait(sent === null ? AGAIN_MS : REPORT_MS, ended);
    }
    // Not sent: it is sent with the end.
    if (text !== '') output.putBack(text);
  };
  const done = tell();
  return {
    serveAt(path) {
      socket = path;
      woken.wake();
    },
    done,
  };
}

/** Sends the rest of the output and how the run ended, and waits for a forge that restarts. */
async function tellEnd(
  { forge, holder }: RunCheckDeps,
  { run, output, end }: { run: number; output: CheckOutput; end: CheckEnd },
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const isPatient = () => performance.now() - began < (signal.aborted ? HASTE_MS : PATIENCE_MS);
  const say = async <T>(call: () => Promise<T>): Promise<T | null> => {
    for (;;)
      try {
        return await call();
      } catch (error) {
        if (error instanceof HiveError && error.code === 'wrong_state') return null;
        if (!isPatient()) return null;
        await pause(AGAIN_MS, new AbortController().signal);
      }
  };
  for (let text = output.take(); text !== ''; text = output.take()) {
    const sent = await say(() => forge.call('reportCheck', { run, holder, socket: null, text }));
    if (sent === null || !sent.goesOn) return;
  }
  await say(() => forge.call('endCheck', { run, holder, end }));
}
