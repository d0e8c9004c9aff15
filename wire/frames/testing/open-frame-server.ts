import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { op } from '../../../protocol/op.ts';
import { bindSurface, type Handlers } from '../../operations.ts';
import { encodeFrames, FrameReader } from '../frame.ts';
import { serveFrames } from '../serve-frames.ts';

const anything = { audiences: ['agent'], method: 'POST', summary: 'For tests.', errors: [] } as const;

/** One operation of each kind that a transport distinguishes. */
export const testSurface = {
  say: op({
    ...anything,
    name: 'say',
    path: '/say/:who',
    input: z.strictObject({ who: z.string(), body: z.string() }),
    output: z.strictObject({ said: z.string() }),
    errors: ['unknown_agent'],
  }),
  hang: op({ ...anything, name: 'hang', path: '/hang', input: z.strictObject({}), output: z.strictObject({}) }),
  lie: op({ ...anything, name: 'lie', path: '/lie', input: z.strictObject({}), output: z.strictObject({}) }),
  follow: op({
    ...anything,
    name: 'follow',
    method: 'GET',
    path: '/follow',
    input: z.strictObject({}),
    output: z.strictObject({ seq: z.int() }),
    stream: true,
  }),
} as const;

export const MAX_BYTES = 64 * 1024;

/** A server of `testSurface` on a socket of its own; `hang` answers when released, or when its signal aborts. */
export async function openFrameServer(options: { frameMs?: number } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'frames-'));
  const path = join(dir, 's.sock');
  const hanging: { release: () => void; signal: AbortSignal }[] = [];
  const errors: unknown[] = [];
  let mostHanging = 0;
  const handlers: Handlers<typeof testSurface, string> = {
    say: ({ who, body }, { caller }) => {
      if (who === 'nobody') throw new HiveError('unknown_agent');
      if (who === 'bug') throw new TypeError('a secret of the inside');
      return { said: `${caller} to ${who}: ${body}` };
    },
    hang: (_input, { signal }) =>
      new Promise((resolve) => {
        const release = () => resolve({});
        hanging.push({ release, signal });
        mostHanging = Math.max(mostHanging, hanging.filter((one) => !one.signal.aborted).length);
        signal.addEventListener('abort', release, { once: true });
      }),
    lie: () => ({ surprise: true }) as never,
    async *follow() {
      yield { seq: 1 };
    },
  };
  let stop = async () => {};
  async function start() {
    const server = createServer();
    const frames = serveFrames(server, bindSurface(testSurface, handlers), {
      caller: 'scout',
      maxBytes: MAX_BYTES,
      onError: (error) => errors.push(error),
      ...options,
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    stop = async () => {
      frames.close();
      await new Promise((resolve) => server.close(resolve));
    };
  }
  await start();
  return {
    path,
    hanging,
    errors,
    mostHanging: () => mostHanging,
    start,
    stop: () => stop(),
    async close() {
      await stop();
      await rm(dir, { recursive: true });
    },
  };
}

/** A client without protocol checks: sends its bytes unchanged. */
export async function openRawFrames(path: string) {
  const socket = createConnection({ path });
  const closed = once(socket, 'close').then(() => true);
  socket.on('error', () => {});
  socket.write('GET /frames HTTP/1.1\r\nHost: hive\r\nConnection: Upgrade\r\nUpgrade: hive-frames\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  const answers: unknown[] = [];
  const wanted = new Set<() => void>();
  const reader = new FrameReader(32 * 1024 * 1024);
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    for (let frame = reader.next(); frame !== null; frame = reader.next()) answers.push(frame.value);
    for (const look of wanted) look();
  });
  return {
    socket: socket as Socket,
    head: head.toString(),
    answers,
    closed,
    send: (...frames: unknown[]) => socket.write(encodeFrames(frames.map((frame) => JSON.stringify(frame)))),
    /** Resolves with all answers once there are `count`. */
    answered: (count: number) =>
      new Promise<unknown[]>((resolve) => {
        const look = () => {
          if (answers.length < count) return;
          wanted.delete(look);
          resolve(answers);
        };
        wanted.add(look);
        look();
      }),
  };
}
