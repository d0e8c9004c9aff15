import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { programOf } from './install.ts';
import { BODY, CALLERS, handToServer, type Peer, runAsServer, withServer } from './peer.ts';

/** A lower bound of entries a second on any machine; a round adds as many as fill its time at this rate. */
const GUESSED_RATE = 40_000;

/** Redis with `appendfsync always`: entries of a stream are on disk before they are acknowledged. */
export async function prepareRedis(dir: string): Promise<Peer> {
  await mkdir(dir, { recursive: true });
  await handToServer(dir);
  const socket = join(dir, 'redis.sock');
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const server = {
    program: programOf('redis-server'),
    args: ['--port', '0', '--unixsocket', socket, '--dir', dir, ...durable],
    cwd: dir,
    isReady: async () => {
      const answer = await runAsServer('redis-cli', { args: ['-s', socket, 'ping'], cwd: dir }).catch(() => '');
      return answer.trim() === 'PONG';
    },
  };
  return {
    name: 'peer.redis',
    measure: (seconds) =>
      withServer(server, async () => {
        const count = String(GUESSED_RATE * seconds);
        const load = ['-s', socket, '-c', String(CALLERS), '-n', count, '--csv', 'XADD', 'mail', '*', 'body', BODY];
        return readRate(await runAsServer('redis-benchmark', { args: load, cwd: dir }));
      }),
  };
}

/** The last line of its report is "name","requests a second",… */
function readRate(report: string): number {
  const rate = Number(report.trim().split('\n').at(-1)?.split('","')[1]?.replaceAll('"', ''));
  if (!(rate > 0)) throw new Error(`redis-benchmark did not end well:\n${report}`);
  return rate;
}
