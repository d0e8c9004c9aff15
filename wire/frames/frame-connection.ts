import type { Socket } from 'node:net';
import { type ErrorCode, HiveError } from '../../protocol/errors.ts';
import type { Op } from '../../protocol/op.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { FairShare } from '../fair-share.ts';
import { type BoundOperation, type CallContext, toHiveError } from '../operations.ts';
import { ANSWER, CANCEL, FAILURE, FrameReader } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';

export interface FrameServerOptions<Caller> {
  /** Whose socket this is: who all calls are made by. */
  caller: Caller;
  /** The most bytes of a frame, and of all calls under way on one connection before no more are read. */
  maxBytes: number;
  /** Told of what the hive itself failed at (status 500 and above). */
  onError: (error: unknown, code: ErrorCode) => void;
  /** Shares the thread between callers; alone on it without one. */
  share?: FairShare<Caller>;
  /** Milliseconds that a frame may take from its first byte to its last; default 30 s. */
  frameMs?: number;
}

/** Calls under way on one connection before no more is read of it, not even that one is taken back. */
const MOST_CALLS = 128;
/** Bytes of answers that the other side leaves lying before no more of its calls are read. */
const MOST_UNSENT = 1024 * 1024;
const FRAME_MS = 30_000;
/** Milliseconds that the other side has for reading why it was cut off. */
const LAST_WORD_MS = 1_000;

/**
 * The server's end of one connection.
 *
 *   reading ──too much under way, unread answers, or no turn on the thread──► paused ──less again──► reading
 *      └──a frame that is none, or the other side gone──► over
 *
 * A connection that is over fires the signals of its calls; their answers go nowhere.
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
    // A half-closed connection could still be answered, but nobody of ours does that.
    socket.on('end', () => socket.destroy());
    // What went wrong with a connection is no more than its end.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#end());
  }

  /** Takes bytes that came in. */
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

  /** Whoever has none is called when it has. */
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

  /** Whoever begins a frame has to finish it: half of one would be held for ever. */
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
    // A handler may throw because its caller left; that is not the hive's failure.
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

  /** Says why, and ends the connection. */
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

/** Streams have no end and files no size that fits a frame. */
function needsHttp(op: Op): boolean {
  return op.stream === true || op.carriesFile === true;
}

function malformed(): HiveError {
  return new HiveError('invalid_input', 'A frame holds [id, operation, input], or [id, 2] to take a call back.');
}

/** A call under way. The signal is made only for handlers that ask for it: most never do. */
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
