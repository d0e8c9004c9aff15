import prettyMs from 'pretty-ms';
import { HiveError } from '../../protocol/errors.ts';
import { parseDuration } from '../../system/text/parse-duration.ts';

export interface DurationBounds {
  /** The name of the input for errors, e.g. `--ttl`. */
  readonly what: string;
  /** Minimum and maximum, in whole seconds. */
  readonly from: number;
  readonly to: number;
}

/**
 * A duration as people type it ("90s", "10m", "1h30m", "2 days"), in whole seconds. A number needs its unit: "10" alone
 * is ambiguous. Throws `invalid_input`.
 */
export function readDuration(text: string, bounds: DurationBounds): number {
  const seconds = parseDuration(text.trim());
  if (seconds === null)
    throw new HiveError(
      'invalid_input',
      `${bounds.what} is a duration with its unit, e.g. 90s, 10m, 2h or 3d, not "${text}".`,
    );
  if (seconds < bounds.from || seconds > bounds.to)
    throw new HiveError(
      'invalid_input',
      `${bounds.what} is from ${saySeconds(bounds.from)} to ${saySeconds(bounds.to)}, not "${text}".`,
    );
  return seconds;
}

function saySeconds(seconds: number): string {
  return prettyMs(seconds * 1_000, { hideYear: true });
}
