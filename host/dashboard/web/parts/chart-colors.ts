/** The colours of series, which can be told apart by people who see colours differently; the last is for the others. */
const COLORS = {
  light: ['#2f6fd0', '#e39a1d', '#1f9d78', '#8a56d0', '#d5496f', '#3aa3c4', '#8d7a2c', '#b3b1ab'],
  dark: ['#6aa5ff', '#f3b52f', '#4cc3a0', '#b493f5', '#f2809e', '#6cc7e2', '#c2ad5c', '#5f6069'],
} as const;
type Scheme = keyof typeof COLORS;

/** The colour of a series by its place; the last one is that of the others. */
export function colorOf(
  { isOthers }: { isOthers: boolean },
  { index, scheme }: { index: number; scheme: Scheme },
): string {
  return (isOthers ? COLORS[scheme].at(-1) : COLORS[scheme][index]) ?? COLORS[scheme][0];
}
