/** RFC 3339, from epoch milliseconds. */
export function toDate(at: number): string {
  return new Date(at).toISOString();
}
