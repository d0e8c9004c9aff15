/** No page of rows is longer than this, whatever was asked. */
const MAX_PAGE = 1_000;
/** Before which id a page begins when nothing was said: at the newest row. */
export const FROM_THE_END = Number.MAX_SAFE_INTEGER;

/** How many rows a page has for whoever asked for so many. */
export function pageOf(limit: number): number {
  return Math.min(limit, MAX_PAGE);
}
