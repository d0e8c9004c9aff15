const HEADER_BYTES = 8;

/**
 * The engine's log of a container without a terminal: frames of an 8-byte header (stream number,
 * three zeros, length) and a payload; each line begins with its time. `at` is null for a line the
 * engine gave no time, such as the rest of a very long one.
 */
export function parseLogs(raw: Buffer): { at: number | null; text: string }[] {
  const parts: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= raw.length;) {
    const end = at + HEADER_BYTES + raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  const lines = Buffer.concat(parts).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map(parseLine);
}

function parseLine(line: string): { at: number | null; text: string } {
  const space = line.indexOf(' ');
  const stamp = space === -1 ? line : line.slice(0, space);
  const at = /^\d{4}-\d\d-\d\dT/.test(stamp) ? Date.parse(stamp) : Number.NaN;
  if (Number.isNaN(at)) return { at: null, text: line };
  return { at, text: space === -1 ? '' : line.slice(space + 1) };
}
