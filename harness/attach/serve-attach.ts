import { createServer, type Socket } from 'node:net';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import type { Takeover } from '../turn/takeover.ts';
import type { AttachAnswer } from './attach-answer.ts';

/** How long a person's CLI may take to end when the conversation is wanted back, in ms. */
const LEAVE_MS = 15_000;

/**
 * Listens where a person's terminal in this box asks for the conversation (use-attach.ts). Any program of the agent could
 * ask, too: all of a box belongs to one user. Without a hold of hived's it is refused (takeover.ts).
 */
export async function serveAttach(
  takeover: Takeover,
  path: string,
  { leaveMs = LEAVE_MS }: { leaveMs?: number } = {},
): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    const gone = new AbortController();
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('close', () => {
      open.delete(socket);
      gone.abort();
    });
    void answer(socket, gone.signal);
  });

  async function answer(socket: Socket, gone: AbortSignal): Promise<void> {
    const line = (text: AttachAnswer) => `${JSON.stringify(text)}\n`;
    const onWait = () =>
      void socket.write(line({ waiting: 'A turn runs. The conversation opens when it is over; Ctrl-C ends waiting.' }));
    const begun = await takeover.begin({ gone, onWait });
    if ('refused' in begun) {
      socket.end(line({ refused: begun.refused }));
      return;
    }
    const { argv, env, cwd } = begun.launch;
    socket.write(line({ launch: { argv: [...argv], env: { ...env }, cwd } }));
    const leave = () => {
      socket.end();
      setTimeout(() => socket.destroy(), leaveMs).unref();
    };
    begun.wantedBack.addEventListener('abort', leave, { once: true });
    if (begun.wantedBack.aborted) leave();
    if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
    await begun.end();
  }

  await listenUnix(server, path, { mode: 0o600 });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
