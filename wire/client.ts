import { Agent, type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { HiveError } from '../protocol/errors.ts';
import type { Op, OpInput, OpOutput, Surface } from '../protocol/op.ts';
import { encodeCall } from './call.ts';
import { parseAnswer } from './parse-answer.ts';
import { type CallOptions, readAnswer, sendCall } from './http-call.ts';

/** Operations with a single answer, not a stream. */
export type PlainOps<S extends Surface> = { [K in keyof S]: S[K] extends { stream: true } ? never : K }[keyof S];
type StreamOps<S extends Surface> = { [K in keyof S]: S[K] extends { stream: true } ? K : never }[keyof S];

/** A typed client of one surface on one Unix socket. */
export interface SurfaceClient<S extends Surface> {
  /**
   * Calls an operation. Throws a HiveError: the server's own, `forbidden` when the socket belongs to another user, or
   * `hive_unreachable`.
   */
  call<K extends PlainOps<S>>(name: K, input: OpInput<S[K]>, options?: CallOptions): Promise<OpOutput<S[K]>>;
  /** Follows a stream until it ends or the signal fires. `lastEventId` resumes after that event. */
  stream<K extends StreamOps<S>>(
    name: K,
    input: OpInput<S[K]>,
    options?: CallOptions & { lastEventId?: number },
  ): AsyncGenerator<OpOutput<S[K]>>;
  close(): Promise<void>;
}

/**
 * Opens a client on a Unix socket. Connections are opened on demand and kept alive, so a client may be created before
 * the server listens, and survives the server's restarts.
 */
export function connectSurface<const S extends Surface>(
  surface: S,
  socketPath: string,
  options: { connections?: number } = {},
): SurfaceClient<S> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 16 });

  async function request(
    op: Op,
    input: Record<string, unknown>,
    extra: CallOptions & { headers?: Record<string, string> },
  ) {
    const call = encodeCall(op, input);
    try {
      return await sendCall(call, { ...extra, socketPath, agent }).catch((cause: NodeJS.ErrnoException) => {
        // A kept connection whose server ended in the meantime: nobody has read the whole call.
        if (cause.code === 'EPIPE') return sendCall(call, { ...extra, socketPath, agent: false });
        throw cause;
      });
    } catch (cause) {
      if (extra.signal?.aborted === true) throw extra.signal.reason;
      throw notReached(cause, socketPath);
    }
  }

  return {
    async call(name, input, extra = {}) {
      const op = surface[name as string] as Op;
      const response = await request(op, input as Record<string, unknown>, extra);
      let answer: unknown;
      try {
        answer = await readAnswer(response, extra);
      } catch (cause) {
        if (extra.signal?.aborted === true) throw extra.signal.reason;
        throw new HiveError('hive_unreachable', 'The answer broke off.', { cause, details: { socket: socketPath } });
      }
      if (isRefusal(response)) throw HiveError.fromBody(answer);
      return parseAnswer(op, answer) as never;
    },

    async *stream(name, input, extra = {}) {
      const op = surface[name as string] as Op;
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (extra.lastEventId !== undefined) headers['last-event-id'] = String(extra.lastEventId);
      const response = await request(op, input as Record<string, unknown>, { ...extra, headers });
      if (isRefusal(response)) throw HiveError.fromBody(await readAnswer(response, extra));
      const ready: unknown[] = [];
      const parser = createParser({ onEvent: (event) => ready.push(JSON.parse(event.data)) });
      response.setEncoding('utf8');
      try {
        for await (const chunk of response) {
          parser.feed(String(chunk));
          while (ready.length > 0) yield parseAnswer(op, ready.shift()) as never;
        }
      } catch (cause) {
        if (extra.signal?.aborted === true) return;
        throw new HiveError('hive_unreachable', 'The stream broke off.', { cause, details: { socket: socketPath } });
      }
    },

    async close() {
      agent.destroy();
    },
  };
}

function isRefusal({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 400;
}

/** Translates a connection error: `forbidden` or `hive_unreachable`. */
export function notReached(cause: unknown, socket: string): HiveError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EACCES' || code === 'EPERM')
    return new HiveError('forbidden', `You may not use ${socket}: that belongs to the user who runs the hive.`, {
      cause,
      details: { socket },
    });
  return new HiveError('hive_unreachable', undefined, { cause, details: { socket } });
}
