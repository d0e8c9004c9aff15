import { HiveError } from '../../protocol/errors.ts';
import type { Op, OpInput, OpOutput, Surface } from '../../protocol/op.ts';
import type { PlainOps } from '../client.ts';
import type { CallOptions } from '../http-call.ts';
import { ANSWER, FAILURE } from './frame.ts';
import { FrameLink } from './frame-link.ts';

/** A typed client of one surface over frames: every operation except streams. */
export interface FrameClient<S extends Surface> {
  /**
   * Calls one operation. Throws a HiveError: the server's own, or `hive_unreachable` without an answer; its
   * `details.sent` then tells whether the server may have acted on the call all the same.
   */
  call<K extends PlainOps<S>>(name: K, input: OpInput<S[K]>, options?: CallOptions): Promise<OpOutput<S[K]>>;
  /** Closes the connection and fails every open call. */
  close(): void;
}

interface Pending {
  readonly op: Op;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

const TIMEOUT_MS = 30_000;
/** The longest answer a server may give: 50 messages of 64 KiB, escaped. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * Opens a client on a Unix socket. All calls share one connection, which is opened on demand and reopened after it
 * broke: a client may be created before the server listens, and survives the server's restarts.
 */
export function connectFrames<const S extends Surface>(surface: S, socketPath: string): FrameClient<S> {
  const pending = new Map<number, Pending>();
  let link: FrameLink | null = null;
  let lastId = 0;
  let closed = false;

  /** Stops waiting for a call; null when nobody waits for it any more. */
  function release(id: number): Pending | null {
    const call = pending.get(id);
    if (call === undefined) return null;
    pending.delete(id);
    clearTimeout(call.timer);
    call.signal?.removeEventListener('abort', call.onAbort);
    if (pending.size === 0) link?.hold(false);
    return call;
  }

  function openLink(): FrameLink {
    return new FrameLink({
      socketPath,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      onFrame,
      onRefused: (id, error) => release(id)?.reject(error),
      onClose(cause, wasOpen) {
        link = null;
        for (const id of pending.keys()) release(id)?.reject(unreachable(cause, wasOpen));
      },
    });
  }

  function onFrame(frame: unknown): void {
    if (!Array.isArray(frame)) throw new Error('a frame that is no answer');
    const [id, what, value] = frame as unknown[];
    // The server closes the connection, with the reason.
    if (id === null) throw HiveError.fromBody(value);
    if (typeof id !== 'number' || (what !== ANSWER && what !== FAILURE)) throw new Error('a frame that is no answer');
    const call = release(id);
    // It was cancelled meanwhile.
    if (call === null) return;
    if (what === FAILURE) return call.reject(HiveError.fromBody(value));
    const answer = call.op.output.safeParse(value);
    if (answer.success) return call.resolve(answer.data as never);
    const message = `The hive answered ${call.op.name} with something unexpected.`;
    return call.reject(new HiveError('internal', message, { cause: answer.error }));
  }

  /** The caller no longer waits; the server is told to cancel. */
  function takeBack(id: number, why: (wasOpen: boolean) => unknown): void {
    const call = release(id);
    if (call === null) return;
    const wasOpen = link?.isOpen ?? false;
    link?.cancel(id);
    call.reject(why(wasOpen));
  }

  return {
    call: (name, input, { signal, timeoutMs = TIMEOUT_MS } = {}) =>
      new Promise((resolve, reject) => {
        const op = surface[name as string] as Op;
        if (closed) return reject(unreachable(new Error('the client was closed'), false));
        if (signal?.aborted === true) return reject(signal.reason);
        const id = (lastId += 1);
        const text = JSON.stringify([id, name, input]);
        const onAbort = () => takeBack(id, () => signal?.reason);
        const timer = setTimeout(
          () => takeBack(id, (wasOpen) => unreachable(new Error('no answer in time'), wasOpen)),
          timeoutMs,
        );
        signal?.addEventListener('abort', onAbort);
        pending.set(id, { op, resolve, reject, timer, signal, onAbort });
        link ??= openLink();
        if (pending.size > 1) return link.send(id, text);
        link.hold(true);
        // The only open call has nothing to share its write with, and the server works on it meanwhile.
        return link.sendNow(id, text);
      }),
    close() {
      closed = true;
      link?.end(new Error('the client was closed'));
    },
  };
}

function unreachable(cause: unknown, sent: boolean): HiveError {
  return new HiveError('hive_unreachable', 'The hive does not answer.', { cause, details: { sent } });
}
