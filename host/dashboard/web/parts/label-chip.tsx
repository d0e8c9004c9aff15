import type { ReactNode } from 'react';
import type { LabelView } from '../../../../protocol/schemas/label.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import classes from './label-chip.module.css';

/** A label: its name beside its colour, so that every colour can be read. `children`: a button in it. */
export function LabelChip({ label: { name, color }, children }: { label: LabelView; children?: ReactNode }) {
  return (
    <span className={classes.chip}>
      <span
        className={classes.color}
        style={{ backgroundColor: COLOR.test(color) ? color : 'transparent' }}
        aria-hidden
      />
      <span className={classes.name}>{showHiddenLine(name)}</span>
      {children}
    </span>
  );
}

const COLOR = /^#[0-9a-f]{6}$/;

/** Labels in a row; nothing without any. */
export function LabelChips({ labels }: { labels: readonly LabelView[] }) {
  if (labels.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label="Labels">
      {labels.map((label) => (
        <li key={label.name}>
          <LabelChip label={label} />
        </li>
      ))}
    </ul>
  );
}
