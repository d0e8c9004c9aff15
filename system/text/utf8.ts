const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

/** The number of bytes that are whole UTF-8 characters: all, or without the 1 to 3 that begin one at the end. */
export function wholeLength(bytes: Uint8Array): number {
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start -= 1;
  const first = bytes[start] ?? 0;
  const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return start + length > bytes.length ? Math.max(0, start) : bytes.length;
}

/** The offset of the first whole UTF-8 character: 0, or after the 1 to 3 bytes that end one. */
export function wholeStart(bytes: Uint8Array): number {
  let from = 0;
  while (from < 3 && isContinuation(bytes[from])) from += 1;
  return from;
}
