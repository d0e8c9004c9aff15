/** One measured number. `floor` is what the same machine needed, in the same run, without Hyperhive. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `%`: of one core. `x`: how many times as slow. */
  readonly unit: '1/s' | 'ms' | 'MB' | '%' | 'x';
  readonly floor: number | null;
  /** Of a peer's figure: what Hyperhive did in the same rounds. */
  readonly ours?: number;
  /** Of a curve: what the same thing took with so many messages stored. The value is the last by the first. */
  readonly points?: readonly { readonly messages: number; readonly ms: number }[];
}

/** Which figures a scenario gives, and how they are taken. */
export interface Scenario {
  readonly names: readonly string[];
  run(bench: BenchRun): Promise<Figure[]>;
}

export interface BenchRun {
  /** Tells how far the run is. */
  readonly say: (line: string) => void;
  /** Whether anybody asked for this figure; what nobody wants is not measured. */
  readonly wants: (name: string) => boolean;
  /** Whether what takes minutes is measured too. */
  readonly full: boolean;
  /** Called with what ends a thing the scenario started: run in reverse order when it is over, failed or interrupted. */
  readonly atEnd: (end: () => Promise<unknown>) => void;
}

/** The middle one; of an even count the mean of the middle two. */
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
