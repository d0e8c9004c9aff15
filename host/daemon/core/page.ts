/** Maximum rows of a page, whatever was requested. */
const MAX_PAGE = 1_000;
/** The cursor of the first page: before any id, from the newest row. */
export const FROM_THE_END = Number.MAX_SAFE_INTEGER;

/** Clamps a requested page size. */
export function pageOf(limit: number): number {
  return Math.min(limit, MAX_PAGE);
}
