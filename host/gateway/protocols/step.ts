/**
 * Something that an answer's bytes pass on their way to the box, and that may change them. Both methods may throw: then
 * the answer breaks off with that error.
 */
export interface Step {
  /** What of these bytes, and of those it held back before, passes now. */
  take(bytes: Buffer): Buffer;
  /** The answer is over: what it held back. */
  end(): Buffer;
}

export const NO_BYTES = Buffer.alloc(0);
