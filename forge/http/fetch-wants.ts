/**
 * The object ids that a fetch's body asks for, in any version of the protocol. Anything but pkt-lines is left to git.
 */
export function parseWants(body: Buffer): Set<string> {
  const wants = new Set<string>();
  for (let at = 0; at + 4 <= body.length;) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (Number.isNaN(length) || length === 3) break;
    // Flush, delimiter and response-end packets have no content.
    const end = at + Math.max(4, length);
    const oid = /^want ([0-9a-f]{40}(?:[0-9a-f]{24})?)(?:[ \n]|$)/i.exec(
      body.toString('latin1', at + 4, Math.min(end, at + 80)),
    );
    if (oid?.[1] !== undefined) wants.add(oid[1].toLowerCase());
    at = end;
  }
  return wants;
}
