import type { BoxStatus } from '../../runtime/runtime.ts';

/** What is known of one agent's boxes and what is wanted of them. */
export interface FleetFacts {
  desired: 'running' | 'stopped' | 'gone';
  generation: number;
  boxes: readonly BoxStatus[];
  /** Somebody asked for the box to be made anew though its generation is right. */
  recreate: boolean;
  /** After a failure: nothing is made or started before this. */
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
 * The next single step that brings an agent's boxes nearer to what is wanted. Called again after
 * each step, so a crash at any point is taken up from what is there.
 */
export function decideStep(facts: FleetFacts): FleetAction {
  const { desired, generation, boxes, retryAt, now } = facts;
  const current = boxes.find((box) => box.generation === generation);
  const other = boxes.find((box) => box.generation !== generation);
  if (other !== undefined)
    return other.state === 'running' ? { act: 'stop', box: other } : { act: 'remove', box: other };
  if (desired !== 'running') {
    if (current?.state === 'running') return { act: 'stop', box: current };
    // A stopped agent keeps its dead box for its logs; one that goes away keeps nothing.
    if (current !== undefined && desired === 'gone') return { act: 'remove', box: current };
    return { act: 'rest', checkAt: null };
  }
  if (facts.recreate && current !== undefined)
    return current.state === 'running' ? { act: 'stop', box: current } : { act: 'remove', box: current };
  if (current?.state === 'running') return { act: 'rest', checkAt: null };
  // Further away than any pause is long: the clock was set back meanwhile.
  const pausing = retryAt !== null && retryAt > now && retryAt - now <= PAUSES.maxMs;
  if (pausing) return { act: 'rest', checkAt: retryAt };
  if (current === undefined) return { act: 'make' };
  // An ended box is made anew rather than started again: its mounts may be of an older hived.
  return current.state === 'created' ? { act: 'start', box: current } : { act: 'remove', box: current };
}

/** Pauses between tries to have a box as it is wanted. */
export const PAUSES = { firstMs: 250, maxMs: 60_000 };
