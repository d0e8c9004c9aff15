import { createConnection, type Socket } from 'node:net';
import { HiveError } from '../../protocol/errors.ts';
import { CANCEL, FrameReader, LIMIT_HEADER, PATH, PROTOCOL } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';

export interface FrameLinkOptions {
  socketPath: string;
  maxAnswerBytes: number;
  /** Receives a frame. An error that it throws closes the connection. */
  onFrame: (value: unknown) => void;
  /** The call cannot be sent over this connection; other calls can. */
  onRefused: (id: number, error: HiveError) => void;
  /** Called once, when the connection closed or failed to open. `wasOpen` tells whether calls may have been read. */
  onClose: (cause: unknown, wasOpen: boolean) => void;
}

const HELLO = `GET ${PATH} HTTP/1.1\r\nHost: hive\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n\r\n`;
const HELLO_MS = 5_000;
const MAX_HEAD_BYTES = 8 * 1024;
const HEAD_END = '\r\n\r\n';

/**
 * The client's end of one connection.
 *
 *   connecting ──101──► open ──► over
 *        └───────refused──────────┘
 *
 * Calls made while it connects are queued; its end is reported once, through `onClose`.
 */
export class FrameLink {
  readonly #options: FrameLinkOptions;
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly #waiting = new Map<number, string>();
  #mode: 'connecting' | 'open' | 'over' = 'connecting';
  #head = Buffer.alloc(0);
  #maxBytes = Number.POSITIVE_INFINITY;
  #cause: unknown = new Error('the connection was closed');

  constructor(options: FrameLinkOptions) {
    this.#options = options;
    this.#reader = new FrameReader(options.maxAnswerBytes);
    this.#socket = createConnection({ path: options.socketPath });
    this.#writer = new FrameWriter(this.#socket);
    const timer = setTimeout(() => this.end(new Error('no answer to the upgrade in time')), HELLO_MS);
    this.#socket.once('connect', () => this.#socket.write(HELLO));
    this.#socket.on('data', (chunk: Buffer) => {
      if (this.#mode === 'connecting') this.#readHead(chunk);
      else this.#read(chunk);
      if (this.#mode !== 'connecting') clearTimeout(timer);
    });
    this.#socket.on('end', () => this.end(this.#cause));
    this.#socket.on('error', (error) => this.end(error));
    this.#socket.once('close', () => {
      clearTimeout(timer);
      this.end(this.#cause);
    });
  }

  /** Whether sent calls may have been read by the other side. */
  get isOpen(): boolean {
    return this.#mode === 'open';
  }

  send(id: number, text: string): void {
    if (this.#mode === 'connecting') this.#waiting.set(id, text);
    else if (this.#isTooLong(text))
      this.#options.onRefused(
        id,
        new HiveError('payload_too_large', `The call is over the ${this.#maxBytes} bytes allowed here.`),
      );
    else this.#writer.send(text);
  }

  /** The same without waiting for other calls of this tick, to be written in one piece with them. */
  sendNow(id: number, text: string): void {
    this.send(id, text);
    this.#writer.flush();
  }

  /** Cancels a call. */
  cancel(id: number): void {
    if (!this.#waiting.delete(id) && this.#mode === 'open') this.#writer.send(JSON.stringify([id, CANCEL]));
  }

  /** A connection without open calls does not keep the process alive. */
  hold(isNeeded: boolean): void {
    if (isNeeded) this.#socket.ref();
    else this.#socket.unref();
  }

  end(cause: unknown): void {
    if (this.#mode === 'over') return;
    const wasOpen = this.#mode === 'open';
    this.#mode = 'over';
    this.#waiting.clear();
    this.#socket.destroy();
    this.#options.onClose(cause, wasOpen);
  }

  #isTooLong(text: string): boolean {
    // A UTF-16 unit is at most three bytes, so short texts need no counting.
    return text.length * 3 > this.#maxBytes && Buffer.byteLength(text) > this.#maxBytes;
  }

  #readHead(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const length = this.#head.indexOf(HEAD_END);
    if (length < 0) {
      if (this.#head.length > MAX_HEAD_BYTES) this.end(new Error('the answer to the upgrade has no end'));
      return;
    }
    const head = this.#head.toString('latin1', 0, length);
    const rest = this.#head.subarray(length + HEAD_END.length);
    if (!head.startsWith('HTTP/1.1 101 ')) {
      this.end(new Error(`the upgrade to ${PROTOCOL} was refused: ${head.split('\r\n', 1)[0] ?? ''}`));
      return;
    }
    const limit = Number(new RegExp(`^${LIMIT_HEADER}: *([0-9]+)$`, 'im').exec(head)?.[1]);
    if (Number.isSafeInteger(limit)) this.#maxBytes = limit;
    this.#mode = 'open';
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, text] of waiting) this.send(id, text);
    if (rest.length > 0) this.#read(rest);
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== null; frame = this.#reader.next())
        this.#options.onFrame(frame.value);
    } catch (cause) {
      this.end(cause);
    }
  }
}
