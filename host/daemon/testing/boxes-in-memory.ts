import { HiveError } from '../../../protocol/errors.ts';
import type { BoxPlan, BoxRef, BoxStatus, Runtime } from '../runtime/runtime.ts';

/** A runtime whose boxes are rows in a map, for tests of the fleet. */
export function createBoxesInMemory(): Runtime & { away: boolean; boxes: Map<string, BoxStatus>; lists: number } {
  const boxes = new Map<string, BoxStatus>();
  const set = (ref: BoxRef, state: BoxStatus['state']) => {
    const box = boxes.get(ref.id);
    const end = state === 'exited' ? { exitCode: 0, oomKilled: false, ranMs: 0, memoryMb: 0 } : null;
    if (box !== undefined) boxes.set(ref.id, { ...box, state, end });
  };
  const answer = () => {
    if (runtime.away) throw new HiveError('engine_unavailable');
  };
  const runtime = {
    kind: 'memory',
    away: false,
    boxes,
    lists: 0,
    ping: async () => (runtime.away ? { ok: false as const, reason: 'away' } : { ok: true as const, version: '1' }),
    hasImage: async (image: string) => image !== 'missing',
    async create(plan: Pick<BoxPlan, 'agent' | 'generation' | 'fingerprint' | 'cli'>) {
      answer();
      const ref = { id: `${plan.agent}-${plan.generation}`, agent: plan.agent, generation: plan.generation };
      const facts = {
        fingerprint: plan.fingerprint,
        cli: plan.cli,
        madeAt: 0,
        end: null,
      };
      boxes.set(ref.id, { ...ref, ...facts, state: 'created' });
      return ref;
    },
    start: async (ref: BoxRef) => (answer(), set(ref, 'running')),
    stop: async (ref: BoxRef) => (answer(), set(ref, 'exited')),
    destroy: async (ref: BoxRef) => (answer(), void boxes.delete(ref.id)),
    inspect: async (ref: BoxRef) => boxes.get(ref.id) ?? null,
    async list() {
      answer();
      runtime.lists += 1;
      return [...boxes.values()];
    },
    findUnseen: async () => [],
    async *follow() {},
    logs: async () => [],
    openTerminal: () => Promise.reject(new Error('boxes in memory run no programs')),
    run: async () => ({ exitCode: 0 }),
    watch: () => undefined,
  };
  return runtime;
}
