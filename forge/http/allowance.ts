/** How long a transfer may wait for its client in total: waiting uses it up, transferred bytes earn it back. */
export interface Allowance {
  /** Begins a wait, and returns a function that ends it. Waits may overlap; the time counts once. */
  wait(): () => void;
  /** Adds bytes that the client sent or received. */
  earn(bytes: number): void;
  /** Remaining milliseconds; 0 when it is used up. */
  left(): number;
}

/**
 * A client that moves `bytesPerSecond` on average never uses it up, one that moves nothing does after `capMs`. Only
 * waiting for the client counts, so that git may take its time. `steady`: monotonic milliseconds.
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
      // Once used up it stays so: the transfer is being ended.
      if (leftMs > 0) leftMs = Math.min(capMs, leftMs + (bytes * 1000) / bytesPerSecond);
    },
    left() {
      spend();
      return leftMs;
    },
  };
}
