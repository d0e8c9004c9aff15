import { HiveError } from '../../protocol/errors.ts';

export interface PackAllowance {
  /** Offset of the pack in the body. */
  readonly start: number;
  readonly maxBytes: number;
  readonly maxObjects: number;
  /** The owner whose quota is charged. */
  readonly owner: string;
}

/** A pack begins with "PACK", its version and its number of objects, four bytes each. */
const HEADER_BYTES = 12;

/**
 * Passes a push's body on to git. Throws `forge_quota` at a pack with more objects than the owner may have,
 * `payload_too_large` at the first byte beyond the limit. git itself checks the number of objects in the header.
 * `body` stays open, so that its rest can be read.
 */
export async function* guardPack(body: AsyncGenerator<Buffer>, allowed: PackAllowance): AsyncGenerator<Buffer> {
  let seen = 0;
  let header = Buffer.alloc(0);
  for (let next = await body.next(); next.done !== true; next = await body.next()) {
    const chunk = next.value;
    if (header.length < HEADER_BYTES) {
      const from = Math.max(0, allowed.start - seen);
      header = Buffer.concat([header, chunk.subarray(from, from + HEADER_BYTES - header.length)]);
      if (header.length === HEADER_BYTES) assertObjects(header.readUInt32BE(8), allowed);
    }
    seen += chunk.length;
    if (seen - allowed.start > allowed.maxBytes)
      throw new HiveError(
        'payload_too_large',
        `one push may bring a pack of ${Math.floor(allowed.maxBytes / MIB)} MiB; this one is larger`,
      );
    yield chunk;
  }
}

const MIB = 1024 * 1024;

function assertObjects(count: number, { maxObjects, owner }: PackAllowance): void {
  if (count > maxObjects)
    throw new HiveError(
      'forge_quota',
      `this push has ${count} objects; ${owner} may have ${maxObjects} more in the forge`,
    );
}
