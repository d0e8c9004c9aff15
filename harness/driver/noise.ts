import { cutText } from '../../system/text/cut-text.ts';
import type { Emit } from '../spool/spool.ts';

/** Lines of a program that its driver does not understand. */
export interface Noise {
  add(sample: string): void;
  /** Emits what came since the last time as one event: the number of lines and the first of them. */
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
