import type { AgentName } from '../../../../protocol/names.ts';
import type { BoxStatus } from '../runtime.ts';

/**
 * What boxes were when they were inspected, so that a list need not ask for each again. Kept only while every start and
 * end is heard of: without the engine's events nothing is known.
 */
export interface KnownBoxes {
  /** The box as it was inspected, if its state is still the one that is given. */
  find(id: string, state: BoxStatus['state']): BoxStatus | null;
  /** How often something was forgotten; `keep` takes nothing that was asked for before the last time. */
  forgotten(): number;
  keep(box: BoxStatus, asked: { forgotten: number }): void;
  forget(agent: AgentName): void;
  /** From now on every change is told by `forget`. */
  listen(): void;
  /** Changes are not heard of any more. */
  lose(): void;
}

export function createKnownBoxes(): KnownBoxes {
  const boxes = new Map<string, BoxStatus>();
  let listening = false;
  let forgotten = 0;
  return {
    find(id, state) {
      const box = boxes.get(id);
      return box?.state === state ? box : null;
    },
    forgotten: () => forgotten,
    keep(box, asked) {
      if (listening && asked.forgotten === forgotten) boxes.set(box.id, box);
    },
    forget(agent) {
      forgotten += 1;
      for (const box of boxes.values()) if (box.agent === agent) boxes.delete(box.id);
    },
    listen() {
      forgotten += 1;
      boxes.clear();
      listening = true;
    },
    lose() {
      forgotten += 1;
      boxes.clear();
      listening = false;
    },
  };
}
