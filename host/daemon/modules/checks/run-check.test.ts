import { expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CheckEnd, CheckJob } from '../../../../protocol/schemas/check.ts';
import type { BoxPlan, BoxStatus, CheckBox, Runtime } from '../../runtime/runtime.ts';
import { runCheck, type RunCheckDeps } from './run-check.ts';

const JOB = { run: 7, timeoutMs: 60_000 } as CheckJob;
const PLAN = { run: 7 } as BoxPlan<CheckBox>;

/** A forge that keeps what it is told. */
function openForge(goesOn: () => boolean = () => true) {
  let text = '';
  const ends: CheckEnd[] = [];
  const call = async (name: string, input: { text?: string; end?: CheckEnd }) => {
    text += input.text ?? '';
    if (input.end !== undefined) ends.push(input.end);
    return name === 'reportCheck' ? { goesOn: goesOn() } : {};
  };
  return { forge: { call } as unknown as RunCheckDeps['forge'], ends, text: () => text };
}

/** A runtime with one box, whose output comes in these passes, each of them from the beginning. */
function openRuntime(passes: readonly (string | HiveError)[], end: BoxStatus<CheckBox>['end']) {
  const left = [...passes];
  const calls: string[] = [];
  const runtime = {
    create: async () => ({ run: 7, id: 'box' }),
    start: async () => void calls.push('start'),
    async *follow() {
      const pass = left.shift() ?? '';
      if (pass instanceof HiveError) throw pass;
      yield Buffer.from(pass);
    },
    inspect: async () => ({ run: 7, id: 'box', state: left.length > 1 ? 'running' : 'exited', end }),
    destroy: async () => void calls.push('destroy'),
  } as unknown as Runtime<CheckBox>;
  return { runtime, calls };
}

const END = { exitCode: 0, oomKilled: false, ranMs: 1, memoryMb: 1 };
const ignore = { holder: 'h', redact: (text: string) => text, onError: () => undefined };

function openNode() {
  const steps: string[] = [];
  const node = {
    prepareCheck: async () => (steps.push('made'), '/run/x'),
    removeCheck: async () => void steps.push('removed'),
  };
  return { node, steps };
}

test('the output is whole and comes once, when the engine was away and when its last bytes came late', async () => {
  const away = new HiveError('engine_unavailable');
  const { runtime, calls } = openRuntime(['one\n', away, 'one\ntwo\n', 'one\ntwo\nthree'], END);
  const { forge, ends, text } = openForge();
  const { node, steps } = openNode();
  const deps = { ...ignore, runtime, forge, node };
  await runCheck(deps, { job: JOB, plan: PLAN, uid: 1 }, new AbortController().signal);
  expect(text()).toBe('one\ntwo\nthree\n');
  expect(ends).toEqual([{ kind: 'exited', exitCode: 0, outOfMemory: false }]);
  expect([calls, steps]).toEqual([
    ['start', 'destroy'],
    ['made', 'removed'],
  ]);
});

test('a box that cannot be made is a lost run with the reason, and leaves nothing', async () => {
  const { runtime } = openRuntime([], null);
  const refuse = () => Promise.reject(new HiveError('image_missing'));
  const { forge, ends } = openForge();
  const { node, steps } = openNode();
  const deps = { ...ignore, runtime: { ...runtime, create: refuse }, forge, node };
  await runCheck(deps, { job: JOB, plan: PLAN, uid: 1 }, new AbortController().signal);
  expect(ends).toEqual([{ kind: 'lost', reason: new HiveError('image_missing').message }]);
  expect(steps).toEqual(['made', 'removed']);
});

test('a run that the forge wants no more of is ended without another word', async () => {
  const { runtime, calls } = openRuntime(['x\n', 'x\n'], END);
  const endless = {
    ...runtime,
    async *follow(_: unknown, signal: AbortSignal) {
      yield Buffer.from('x\n');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  } as Runtime<CheckBox>;
  const { forge, ends } = openForge(() => false);
  const { node } = openNode();
  const deps = { ...ignore, runtime: endless, forge, node };
  await runCheck(deps, { job: JOB, plan: PLAN, uid: 1 }, new AbortController().signal);
  expect(ends).toEqual([]);
  expect(calls).toEqual(['start', 'destroy']);
});

test('when hived stops, the run is handed back; when its time is over, it has timed out', async () => {
  for (const [timeoutMs, stops, kind] of [
    [60_000, true, 'returned'],
    [1, false, 'timed_out'],
  ] as const) {
    const { runtime } = openRuntime([], END);
    const stop = new AbortController();
    const waits = {
      ...runtime,
      async *follow(_: unknown, signal: AbortSignal) {
        yield Buffer.from('x\n');
        if (stops) stop.abort();
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    } as Runtime<CheckBox>;
    const { forge, ends } = openForge();
    const { node } = openNode();
    const deps = { ...ignore, runtime: waits, forge, node };
    await runCheck(deps, { job: { ...JOB, timeoutMs }, plan: PLAN, uid: 1 }, stop.signal);
    expect(ends.map((end) => end.kind)).toEqual([kind]);
  }
});
