import type { StateStyle } from '../data/order-fleet.ts';
import classes from './dot.module.css';

const VARIABLE: Record<StateStyle['color'], string> = {
  gray: '--hive-rest',
  green: '--hive-good',
  blue: '--hive-busy',
  violet: '--hive-change',
  orange: '--hive-warn',
  red: '--hive-bad',
};

/** A coloured dot beside a label with the same meaning. `hollow` marks something inactive, `beating` something in progress. */
export function Dot({
  color,
  beating = false,
  hollow = false,
}: {
  color: StateStyle['color'];
  beating?: boolean;
  hollow?: boolean;
}) {
  return (
    <span
      aria-hidden
      className={classes.dot}
      data-beating={beating || undefined}
      data-hollow={hollow || undefined}
      style={{ color: `var(${VARIABLE[color]})` }}
    />
  );
}
