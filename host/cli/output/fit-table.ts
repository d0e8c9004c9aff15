import stringWidth from 'string-width';
import { oneLine } from './clean-text.ts';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut to this many cells in a narrow terminal; a column without it is never cut. */
  readonly shrinkTo?: number;
}

/**
 * Lays out a table in at most `width` terminal cells; null means its natural width (not a terminal). Columns that may
 * shrink are cut, the widest first; a cut cell ends with "…", as does a line when even that is not enough. Newlines and
 * terminal control sequences are removed from cells.
 */
export function fitTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string[] {
  const table = [columns.map((column) => column.title), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, index) => Math.max(...table.map((row) => stringWidth(row[index] ?? ''))));
  if (width !== null) shrink(widths, columns, width);
  return table.map((row) => {
    const line = columns
      .map((column, index) => {
        const cells = widths[index] ?? 0;
        const text = cutTo(row[index] ?? '', cells);
        const gap = ' '.repeat(Math.max(0, cells - stringWidth(text)));
        return column.align === 'right' ? gap + text : text + gap;
      })
      .join(GAP)
      .trimEnd();
    return width === null ? line : cutTo(line, width);
  });
}

const GAP = '  ';

function shrink(widths: number[], columns: readonly Column[], width: number): void {
  const total = () => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const room = (widths[index] ?? 0) - (column.shrinkTo ?? Number.POSITIVE_INFINITY);
      if (room > 0 && (widest === -1 || (widths[index] ?? 0) > (widths[widest] ?? 0))) widest = index;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** Cuts a line to this many cells, the last of which is then "…". */
export function cutTo(text: string, cells: number): string {
  if (stringWidth(text) <= cells) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const next = stringWidth(segment);
    if (used + next > cells - 1) break;
    kept += segment;
    used += next;
  }
  return cells <= 0 ? '' : `${kept}…`;
}
