import { finished, Readable } from 'node:stream';
import { NO_BYTES, type Step } from '../protocols/step.ts';

/**
 * The way of an answer to its box through steps: one stream for all of them, since every further stream costs each piece
 * of an answer about as much as reading it does. It is no Transform, which is two of them. The reader's pace is the
 * source's.
 *
 * The passage outlives its source when it is watched, so that whoever breaks it off has time to tell somebody first.
 */
export class Passage extends Readable {
  readonly #source: Readable;
  readonly #steps: readonly Step[];
  #judge: () => Promise<Error> | null = () => null;
  #isBroken = false;

  constructor(source: Readable, steps: readonly Step[]) {
    super();
    this.#source = source;
    this.#steps = steps;
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.once('end', () => this.#end());
    // Not a pipeline, which would end the passage together with its source.
    finished(source, { writable: false }, (error) => {
      if (error != null && !this.#isBroken) this.destroy(error);
    });
  }

  /** From now on `judge` is asked before each piece. The error that it promises breaks the answer off; its source ends at once. */
  watch(judge: () => Promise<Error> | null): void {
    this.#judge = judge;
  }

  override _read(): void {
    if (this.#source.isPaused()) this.#source.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#source.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.#isBroken || this.destroyed) return;
    let bytes = chunk;
    try {
      for (const step of this.#steps) bytes = step.take(bytes);
    } catch (error) {
      return void this.destroy(error as Error);
    }
    const broken = this.#judge();
    if (broken !== null) return void this.#breakOff(broken);
    if (bytes.length > 0 && !this.push(bytes)) this.#source.pause();
  }

  #end(): void {
    if (this.#isBroken || this.destroyed) return;
    let bytes: Buffer = NO_BYTES;
    try {
      for (const step of this.#steps) bytes = join(bytes.length === 0 ? bytes : step.take(bytes), step.end());
    } catch (error) {
      return void this.destroy(error as Error);
    }
    if (bytes.length > 0) this.push(bytes);
    this.push(null);
  }

  async #breakOff(broken: Promise<Error>): Promise<void> {
    this.#isBroken = true;
    // What the provider sends from here on is paid, too.
    this.#source.destroy();
    this.destroy(await broken);
  }
}

function join(first: Buffer, second: Buffer): Buffer {
  if (first.length === 0) return second;
  return second.length === 0 ? first : Buffer.concat([first, second]);
}
