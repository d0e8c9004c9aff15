import type { PastTurn } from './simulate.ts';

/** Kinds of agents' days. */
export const MIXES = ['chatty', 'bursty', 'long_tasks', 'idle_nights'] as const;
export type Mix = (typeof MIXES)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Makes a history of `count` turns. */
export function makeHistory(mix: Mix, count: number, random: () => number): PastTurn[] {
  const between = (from: number, to: number) => from + (to - from) * random();
  const whole = (from: number, to: number) => Math.round(between(from, to));
  const turns: PastTurn[] = [];
  const make = (gapMs: number, work: Omit<PastTurn, 'gapMs'>) => turns.push({ gapMs: Math.round(gapMs), ...work });
  while (turns.length < count) {
    switch (mix) {
      case 'chatty':
        // Short answers to messages that have little to do with each other, most within minutes.
        make(random() < 0.1 ? between(10 * MINUTE, HOUR) : between(5_000, 4 * MINUTE), {
          calls: whole(1, 3),
          growth: whole(800, 2_500),
          output: whole(100, 500),
          needs: whole(500, 3_000),
        });
        break;
      case 'bursty': {
        const burst = whole(10, 25);
        for (let turn = 0; turn < burst; turn += 1)
          make(turn === 0 ? between(20 * MINUTE, 3 * HOUR) : between(20_000, 90_000), {
            calls: whole(2, 6),
            growth: whole(2_000, 6_000),
            output: whole(200, 800),
            needs: turn === 0 ? whole(1_000, 4_000) : whole(3_000, 10_000),
          });
        break;
      }
      case 'long_tasks': {
        // One task over many turns, each of which needs what the task has read so far; then the next task.
        const task = whole(15, 40);
        for (let turn = 0; turn < task; turn += 1)
          make(turn === 0 ? between(2 * MINUTE, HOUR) : between(10_000, random() < 0.1 ? 15 * MINUTE : 4 * MINUTE), {
            calls: whole(8, 20),
            growth: whole(6_000, 15_000),
            output: whole(800, 3_000),
            needs: turn === 0 ? whole(500, 3_000) : Math.min(50_000, turn * 8_000),
          });
        break;
      }
      case 'idle_nights': {
        // A few turns in a working day, with long pauses, and then a night.
        const day = whole(6, 14);
        for (let turn = 0; turn < day; turn += 1)
          make(turn === 0 ? between(12 * HOUR, 16 * HOUR) : between(8 * MINUTE, 50 * MINUTE), {
            calls: whole(3, 8),
            growth: whole(3_000, 8_000),
            output: whole(300, 1_200),
            needs: turn === 0 ? whole(1_000, 4_000) : whole(2_000, 10_000),
          });
        break;
      }
    }
  }
  return turns.slice(0, count);
}
