import type { ReactNode } from 'react';
import classes from './panel-list.module.css';

/** A list in a panel, with lines between its items (`li`). `clip` cuts the items' backgrounds at the rounded corners. */
export function PanelList({ label, clip = false, children }: { label?: string; clip?: boolean; children: ReactNode }) {
  return (
    <ul className={`panel ${classes.list}`} data-clip={clip || undefined} aria-label={label}>
      {children}
    </ul>
  );
}
