import type { Socket } from 'node:net';
import { encodeFrames } from './frame.ts';

/** Writes the frames of one tick in one piece, because each write is a system call and wakes the other side. */
export class FrameWriter {
  readonly #socket: Socket;
  #texts: string[] = [];
  #chars = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Approximate bytes that the other side has not read yet. */
  get unsent(): number {
    return this.#chars + this.#socket.writableLength;
  }

  /** `text` is a frame's JSON. */
  send(text: string): void {
    if (this.#texts.length === 0) process.nextTick(() => this.flush());
    this.#texts.push(text);
    this.#chars += text.length;
  }

  flush(): void {
    const texts = this.#texts;
    if (texts.length === 0) return;
    this.#texts = [];
    this.#chars = 0;
    if (this.#socket.writable) this.#socket.write(encodeFrames(texts));
  }
}
