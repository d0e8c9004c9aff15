/** Memory budget of one agent's requests that are read and not answered yet. */
export interface BodyRoom {
  /** False when the budget has no `bytes` left. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

/** `maxBytes`: of all the agent's requests together; a single one of the largest size always fits alone. */
export function createBodyRoom(maxBytes: number): BodyRoom {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    giveBack(bytes) {
      taken -= bytes;
    },
  };
}
