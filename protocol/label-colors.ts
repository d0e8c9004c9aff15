/** Of a label that was given none. */
export const DEFAULT_LABEL_COLOR = '#6e7781';
/** Colours that the page offers. */
export const LABEL_COLORS: readonly string[] = [
  '#d73a4a',
  '#d9730d',
  '#bf8700',
  '#1a7f37',
  '#0969da',
  '#8250df',
  '#bf3989',
  DEFAULT_LABEL_COLOR,
];
