import type { Look } from '../data/order-fleet.ts';
import classes from './dot.module.css';

const VARIABLE: Record<Look['color'], string> = {
  gray: '--hive-rest',
  green: '--hive-good',
  blue: '--hive-busy',
  violet: '--hive-change',
  orange: '--hive-warn',
  red: '--hive-bad',
};

/** A coloured point beside a word that says the same. `hollow` is for what is not there, `beating` for what moves. */
export function Dot({
  color,
  beating = false,
  hollow = false,
}: {
  color: Look['color'];
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
