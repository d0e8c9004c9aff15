import { finished, type Readable, Transform, type TransformCallback } from 'node:stream';
import { NO_BYTES, type Step } from '../protocols/step.ts';

/**
 * The way of an answer to its box through steps: one stream for all of them, since every further stream costs each piece
 * of an answer about as much as reading it does. The reader's pace is the source's.
 *
 * The passage outlives its source when it is watched, so that whoever breaks it off has time to tell somebody first.
 */
export class Passage extends Transform {
  readonly #source: Readable;
  readonly #steps: readonly Step[];
  #judge: () => Promise<Error> | null = () => null;
  #isBroken = false;

  constructor(source: Readable, steps: readonly Step[]) {
    super();
    this.#source = source;
    this.#steps = steps;
    // Not a pipeline, which would end the passage together with its source.
    finished(source, { writable: false }, (error) => {
      if (error != null && !this.#isBroken) this.destroy(error);
    });
    source.pipe(this);
  }

  /** From now on `judge` is asked before each piece. The error that it promises breaks the answer off; its source ends at once. */
  watch(judge: () => Promise<Error> | null): void {
    this.#judge = judge;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let bytes = chunk;
    try {
      for (const step of this.#steps) bytes = step.take(bytes);
    } catch (error) {
      return done(error as Error);
    }
    const broken = this.#judge();
    if (broken !== null) return void this.#breakOff(broken);
    return bytes.length === 0 ? done() : done(null, bytes);
  }

  override _flush(done: TransformCallback): void {
    let bytes: Buffer = NO_BYTES;
    try {
      for (const step of this.#steps) bytes = join(bytes.length === 0 ? bytes : step.take(bytes), step.end());
    } catch (error) {
      return done(error as Error);
    }
    return bytes.length === 0 ? done() : done(null, bytes);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#source.destroy();
    done(error);
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
