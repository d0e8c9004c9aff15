/** A body in an encoding that cannot be decoded. */
export class UnreadableBodyError extends Error {
  override readonly name = 'UnreadableBodyError';
}
