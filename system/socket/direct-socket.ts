import { type OnReadOpts, Socket } from 'node:net';

/** The buffers of a connection: it begins with a small one, and bulk data gets larger ones. */
const SMALLEST = 16 * 1024;
const USUAL = 64 * 1024;
const LARGEST = 256 * 1024;

/** Limits how many connections have a buffer of the largest size at once; the others have one of 64 KiB. */
export interface LargeBuffers {
  /** False when all are taken. */
  take(): boolean;
  giveBack(): void;
}

export function createLargeBuffers(most: number): LargeBuffers {
  let taken = 0;
  return {
    take() {
      if (taken >= most) return false;
      taken += 1;
      return true;
    },
    giveBack() {
      taken -= 1;
    },
  };
}

/**
 * The connecting end of a connection whose bytes are carried to another socket. They are read into one buffer that is
 * used again, and written from there: a pipe of streams makes a buffer for every 64 KiB and takes twice as much
 * processor time. Nothing is read before `carryTo`.
 *
 *   paused ── carryTo ──► reading ◄── written ── waiting (the other end takes no more; the buffer is in use)
 */
export class DirectSocket extends Socket {
  #reader: Reader;

  constructor(options: { large: LargeBuffers; signal?: AbortSignal | undefined }) {
    const { large, signal } = options;
    const reader = createReader(large);
    // `onread` is an option of Node's constructor, which its types know for `connect` alone.
    const given = {
      allowHalfOpen: true,
      noDelay: true,
      onread: reader.onread,
      ...(signal === undefined ? {} : { signal }),
    };
    super(given);
    this.#reader = reader;
    this.once('close', reader.close);
    this.pause();
  }

  /**
   * Writes everything that arrives to `to`, at its pace, and ends `to` when this end was ended. `onBytes` is called after
   * each piece was handed over. Whoever closes one of the two on an error closes the other.
   */
  carryTo(to: Socket, onBytes: () => void): void {
    this.#reader.begin((bytes) => {
      const isTaken = this.#hand(bytes, to);
      onBytes();
      return isTaken && !this.destroyed;
    });
    this.once('end', () => to.end());
    this.resume();
  }

  /** False while `to` still needs the buffer; reading goes on when it does not. */
  #hand(bytes: Uint8Array, to: Socket): boolean {
    let isWaiting = false;
    to.write(bytes, (error) => {
      if (isWaiting && error == null && !this.destroyed) this.resume();
    });
    isWaiting = to.writableLength > 0;
    return !isWaiting;
  }
}

interface Reader {
  readonly onread: OnReadOpts;
  begin(take: (bytes: Uint8Array) => boolean): void;
  close(): void;
}

function createReader(large: LargeBuffers): Reader {
  let buffer = Buffer.allocUnsafeSlow(SMALLEST);
  let isLarge = false;
  let isClosed = false;
  let take: (bytes: Uint8Array) => boolean = () => false;
  const grow = () => {
    if (buffer.length < USUAL) buffer = Buffer.allocUnsafeSlow(USUAL);
    else if (buffer.length < LARGEST && !isClosed && large.take()) {
      isLarge = true;
      buffer = Buffer.allocUnsafeSlow(LARGEST);
    }
  };
  return {
    onread: {
      // Asked for the next buffer after each piece: the one that was filled may still be written from.
      buffer: () => buffer,
      callback(length, filled) {
        const isFull = length === filled.length;
        const goesOn = take(isFull ? filled : filled.subarray(0, length));
        if (isFull) grow();
        return goesOn;
      },
    },
    begin(given) {
      take = given;
    },
    close() {
      isClosed = true;
      if (isLarge) large.giveBack();
      isLarge = false;
    },
  };
}
