import type { BoxStatus } from '../../runtime/runtime.ts';

/** The actual boxes of one agent and the desired state. */
export interface FleetFacts {
  desired: 'running' | 'stopped' | 'gone';
  generation: number;
  boxes: readonly BoxStatus[];
  /** A new box was requested though the generation is right. */
  recreate: boolean;
  /** After a failure: nothing is created or started before this time. */
  retryAt: number | null;
  now: number;
}

export type FleetAction =
  | { act: 'rest'; checkAt: number | null }
  | { act: 'stop'; box: BoxStatus }
  | { act: 'remove'; box: BoxStatus }
  | { act: 'make' }
  | { act: 'start'; box: BoxStatus };

/**
 * The next single step towards the desired state. Called again after each step, so that after a crash it continues
 * from the actual state.
 */
export function decideStep(facts: FleetFacts): FleetAction {
  const { desired, generation, boxes, retryAt, now } = facts;
  const current = boxes.find((box) => box.generation === generation);
  const other = boxes.find((box) => box.generation !== generation);
  if (other !== undefined)
    return other.state === 'running' ? { act: 'stop', box: other } : { act: 'remove', box: other };
  if (desired !== 'running') {
    if (current?.state === 'running') return { act: 'stop', box: current };
    // A stopped agent keeps its dead box for its logs; a destroyed one keeps nothing.
    if (current !== undefined && desired === 'gone') return { act: 'remove', box: current };
    return { act: 'rest', checkAt: null };
  }
  if (facts.recreate && current !== undefined)
    return current.state === 'running' ? { act: 'stop', box: current } : { act: 'remove', box: current };
  if (current?.state === 'running') return { act: 'rest', checkAt: null };
  // Further away than the longest pause: the clock was set back meanwhile.
  const pausing = retryAt !== null && retryAt > now && retryAt - now <= PAUSES.maxMs;
  if (pausing) return { act: 'rest', checkAt: retryAt };
  if (current === undefined) return { act: 'make' };
  // An ended box is recreated and not restarted: its mounts may be of an older hived.
  return current.state === 'created' ? { act: 'start', box: current } : { act: 'remove', box: current };
}

/** Backoff between attempts to bring a box into the desired state. */
export const PAUSES = { firstMs: 250, maxMs: 60_000 };
