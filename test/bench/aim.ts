import type { Figure } from './figure.ts';

/** The subject of a figure, and its aim. */
export interface Aim {
  readonly name: string;
  readonly what: string;
  /** What the baseline beside it measures. */
  readonly floor: string;
  readonly aim: string;
  /** Null: the figure has no aim; it explains another one. */
  readonly isMet: ((figure: Figure) => boolean) | null;
}

export const atMost = (limit: number) => (figure: Figure) => figure.value <= limit;

/** At most so much beyond the floor of the same run. */
export const atMostOver =
  (limit: number) =>
  ({ value, floor }: Figure) =>
    floor !== null && value <= floor + limit;
