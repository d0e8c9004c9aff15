/** How long a transfer may wait for its client, in all: waiting spends it, bytes that pass earn it back. */
export interface Allowance {
  /** Begins to wait, and returns what ends that wait. Waits may overlap; the time counts once. */
  wait(): () => void;
  /** Bytes came from the client, or it took them. */
  earn(bytes: number): void;
  /** What is left, in milliseconds; 0 when it is used up. */
  left(): number;
}

/**
 * A client that moves `bytesPerSecond` on average never uses it up, one that moves nothing does after `capMs`.
 * Only waiting for the client counts, so that git may take its time. `steady`: milliseconds that never run backwards.
 */
export function createAllowance(limits: { capMs: number; bytesPerSecond: number }, steady: () => number): Allowance {
  const { capMs, bytesPerSecond } = limits;
  let leftMs = capMs;
  let waits = 0;
  let countedTo = 0;

  function spend(): void {
    const now = steady();
    if (waits > 0) leftMs = Math.max(0, leftMs - (now - countedTo));
    countedTo = now;
  }

  return {
    wait() {
      spend();
      waits += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        spend();
        waits -= 1;
      };
    },
    earn(bytes) {
      spend();
      // What is used up stays so: the transfer is being ended.
      if (leftMs > 0) leftMs = Math.min(capMs, leftMs + (bytes * 1000) / bytesPerSecond);
    },
    left() {
      spend();
      return leftMs;
    },
  };
}
