/** One measured number. `floor` is the baseline: what the same machine needed, in the same run, without Hyperhive. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `%`: of one core. `x`: how many times as slow. */
  readonly unit: '1/s' | 'ms' | 'µs' | 'MB' | 'MB/s' | '%' | 'x';
  readonly floor: number | null;
  /** For a peer's figure: Hyperhive's own in the same rounds. */
  readonly ours?: number;
  /**
   * For a curve: the time of the same operation with this number of messages stored. The value is the last divided by
   * the first.
   */
  readonly points?: readonly { readonly messages: number; readonly ms: number }[];
}

/** The figures that a scenario measures, and how. */
export interface Scenario {
  readonly names: readonly string[];
  run(bench: BenchRun): Promise<Figure[]>;
}

export interface BenchRun {
  /** Reports the progress of the run. */
  readonly say: (line: string) => void;
  /** Whether this figure was requested; others are not measured. */
  readonly wants: (name: string) => boolean;
  /** Whether to measure also the figures that take minutes. */
  readonly full: boolean;
  /** Registers a clean-up: run in reverse order when the scenario is over, failed or interrupted. */
  readonly atEnd: (end: () => Promise<unknown>) => void;
}

/** The median; of an even count the mean of the middle two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the share `q` (0 to 1) of all values lies, interpolated. Throws on an empty list. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}
