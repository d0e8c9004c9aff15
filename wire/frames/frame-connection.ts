import type { Socket } from 'node:net';
import { type ErrorCode, HiveError } from '../../protocol/errors.ts';
import type { Op } from '../../protocol/op.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { FairShare } from '../fair-share.ts';
import { type BoundOperation, type CallContext, toHiveError } from '../operations.ts';
import { ANSWER, CANCEL, FAILURE, FrameReader } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';

export interface FrameServerOptions<Caller> {
  /** The owner of the socket: the caller of every call. */
  caller: Caller;
  /** Maximum bytes of a frame, and of all open calls on one connection before reading pauses. */
  maxBytes: number;
  /** Receives the hive's own failures (status 500 and above). */
  onError: (error: unknown, code: ErrorCode) => void;
  /** Shares the thread between callers; optional. */
  share?: FairShare<Caller>;
  /** Milliseconds for a frame from its first byte to its last; default 30 s. */
  frameMs?: number;
}

/** Open calls on one connection before reading pauses, cancellations included. */
const MOST_CALLS = 128;
/** Unread bytes of answers before no more calls are read. */
const MOST_UNSENT = 1024 * 1024;
const FRAME_MS = 30_000;
/** Milliseconds that the other side has to read why it was cut off. */
const LAST_WORD_MS = 1_000;

/**
 * The server's end of one connection.
 *
 *   reading ──too many open calls, unread answers, or no turn on the thread──► paused ──fewer again──► reading
 *      └──an invalid frame, or the other side gone──► over
 *
 * A connection that is over aborts the signals of its calls; their answers are discarded.
 */
export class FrameConnection<Caller> {
  readonly #socket: Socket;
  readonly #operations: ReadonlyMap<string, BoundOperation<Caller>>;
  readonly #options: FrameServerOptions<Caller>;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #calls = new Map<number, FrameCall<Caller>>();
  #mode: 'reading' | 'paused' | 'over' = 'reading';
  #bytesUnderWay = 0;
  #frameTimer: NodeJS.Timeout | undefined;
  #waitsForTurn = false;

  constructor(
    socket: Socket,
    operations: ReadonlyMap<string, BoundOperation<Caller>>,
    options: FrameServerOptions<Caller>,
  ) {
    this.#socket = socket;
    this.#operations = operations;
    this.#options = options;
    this.#reader = new FrameReader(options.maxBytes);
    this.#writer = new FrameWriter(socket);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('drain', () => this.#goOn());
    // A half-closed connection could still be answered, but no client of ours half-closes.
    socket.on('end', () => socket.destroy());
    // An error of a connection needs no handling beyond its end.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#end());
  }

  /** Handles incoming bytes. */
  take(chunk: Buffer): void {
    if (this.#mode === 'over') return;
    this.#reader.push(chunk);
    this.#readOn();
  }

  #readOn(): void {
    try {
      let taken = 0;
      while (this.#mode === 'reading') {
        if (this.#isFull() || !this.#hasTurn()) {
          this.#mode = 'paused';
          this.#socket.pause();
          break;
        }
        const { share, caller } = this.#options;
        if (!(share === undefined ? this.#takeOne() : share.measure(caller, () => this.#takeOne()))) break;
        taken += 1;
      }
      this.#watchFrame(taken > 0);
    } catch (error) {
      this.#cutOff(toHiveError(error));
    }
  }

  #takeOne(): boolean {
    const frame = this.#reader.next();
    if (frame !== null) this.#handle(frame.value, frame.bytes);
    return frame !== null;
  }

  /** Returns false without a turn, and resumes reading when the turn comes. */
  #hasTurn(): boolean {
    const { share, caller } = this.#options;
    if (share === undefined || share.hasTurn(caller)) return true;
    if (!this.#waitsForTurn) {
      this.#waitsForTurn = true;
      share.wait(caller, () => {
        this.#waitsForTurn = false;
        this.#goOn();
      });
    }
    return false;
  }

  #isFull(): boolean {
    return (
      this.#calls.size >= MOST_CALLS ||
      this.#bytesUnderWay >= this.#options.maxBytes ||
      this.#writer.unsent >= MOST_UNSENT
    );
  }

  #goOn(): void {
    if (this.#mode !== 'paused' || this.#isFull()) return;
    this.#mode = 'reading';
    this.#socket.resume();
    this.#readOn();
  }

  /** A frame has to be finished in time: a partial one would be held for ever. */
  #watchFrame(progress: boolean): void {
    const waits = this.#mode === 'reading' && this.#reader.isPartial;
    if (this.#frameTimer !== undefined && (progress || !waits)) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    }
    if (!waits) return;
    this.#frameTimer ??= setTimeout(
      () => this.#cutOff(new HiveError('invalid_input', 'The rest of a frame did not come in time.')),
      this.#options.frameMs ?? FRAME_MS,
    );
  }

  #handle(frame: unknown, bytes: number): void {
    if (!Array.isArray(frame)) throw malformed();
    const [id, what, input] = frame as unknown[];
    if (!Number.isSafeInteger(id)) throw malformed();
    if (what === CANCEL && frame.length === 2) this.#calls.get(id as number)?.abort();
    else if (typeof what === 'string' && frame.length === 3) this.#begin(id as number, { name: what, input, bytes });
    else throw malformed();
  }

  #begin(id: number, asked: { name: string; input: unknown; bytes: number }): void {
    if (this.#calls.has(id))
      throw new HiveError(
        'invalid_input',
        `Call ${id} is under way on this connection: each call needs an id of its own.`,
      );
    const call = new FrameCall(id, this.#options.caller, asked.bytes);
    this.#calls.set(id, call);
    this.#bytesUnderWay += call.bytes;
    try {
      const answer = this.#find(asked.name).run(asked.input, call);
      if (answer instanceof Promise)
        answer.then(
          (value: unknown) => this.#answer(call, value),
          (error: unknown) => this.#refuse(call, error),
        );
      else this.#answer(call, answer);
    } catch (error) {
      this.#refuse(call, error);
    }
  }

  #find(name: string): BoundOperation<Caller> {
    const found = this.#operations.get(name);
    if (found === undefined) {
      const known = [...this.#operations].filter(([, { op }]) => !needsHttp(op)).map(([key]) => key);
      const asked = JSON.stringify(shorten(name, 64));
      throw new HiveError('not_found', `There is no operation ${asked} here. There are: ${known.join(', ')}.`);
    }
    const { op } = found;
    if (needsHttp(op))
      throw new HiveError('method_not_allowed', `${name} goes over HTTP only: ${op.method} ${op.path}.`);
    return found;
  }

  #answer(call: FrameCall<Caller>, value: unknown): void {
    let text: string;
    try {
      text = JSON.stringify([call.id, ANSWER, value]);
    } catch (error) {
      this.#refuse(call, error);
      return;
    }
    this.#settle(call, text);
  }

  #refuse(call: FrameCall<Caller>, error: unknown): void {
    const hive = toHiveError(error);
    // A handler may throw because its caller disconnected; that is not the hive's failure.
    if (hive.status >= 500 && !call.isAborted) this.#options.onError(error, hive.code);
    this.#settle(call, JSON.stringify([call.id, FAILURE, hive.toBody()]));
  }

  #settle(call: FrameCall<Caller>, text: string): void {
    this.#calls.delete(call.id);
    this.#bytesUnderWay -= call.bytes;
    if (this.#mode === 'over') return;
    this.#writer.send(text);
    if (this.#mode === 'paused') this.#goOn();
  }

  /** Sends the reason, and closes the connection. */
  #cutOff(error: HiveError): void {
    if (this.#mode === 'over') return;
    if (error.status >= 500) this.#options.onError(error, error.code);
    this.#writer.send(JSON.stringify([null, FAILURE, error.toBody()]));
    this.#writer.flush();
    this.#end();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), LAST_WORD_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #end(): void {
    this.#mode = 'over';
    clearTimeout(this.#frameTimer);
    for (const call of this.#calls.values()) call.abort();
  }
}

/** Streams do not end, and files do not fit a frame. */
function needsHttp(op: Op): boolean {
  return op.stream === true || op.carriesFile === true;
}

function malformed(): HiveError {
  return new HiveError('invalid_input', 'A frame holds [id, operation, input], or [id, 2] to cancel a call.');
}

/** An open call. The signal is created only for handlers that ask for it: most never do. */
class FrameCall<Caller> implements CallContext<Caller> {
  readonly id: number;
  readonly caller: Caller;
  readonly bytes: number;
  readonly lastEventId = null;
  isAborted = false;
  #controller: AbortController | undefined;

  constructor(id: number, caller: Caller, bytes: number) {
    this.id = id;
    this.caller = caller;
    this.bytes = bytes;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.isAborted = true;
    this.#controller?.abort();
  }
}
