import { cutText } from '../../system/text/cut-text.ts';
import type { Emit } from '../spool/spool.ts';

/** Lines of a program that its driver cannot parse. */
export interface Noise {
  add(sample: string): void;
  /** Emits the lines since the last call as one event: their number and the first of them. */
  flush(turn: number | null): void;
}

export function createNoise(emit: Emit): Noise {
  let noise = { lines: 0, sample: '' };
  return {
    add: (sample) => {
      noise = { lines: noise.lines + 1, sample: noise.sample === '' ? cutText(sample, 200).text : noise.sample };
    },
    flush: (turn) => {
      if (noise.lines > 0) emit('turn.noise', { turn, ...noise });
      noise = { lines: 0, sample: '' };
    },
  };
}
