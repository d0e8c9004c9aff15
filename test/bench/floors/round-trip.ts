import { once } from 'node:events';
import { createConnection } from 'node:net';
import { median } from '../figure.ts';

const WARM_UP = 200;
const COUNTED = 1_000;

/** Milliseconds of one byte's round trip to a server on a Unix socket, p50. */
export async function roundTripMs(path: string): Promise<number> {
  const socket = createConnection({ path });
  await once(socket, 'connect');
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + COUNTED; n += 1) {
    const from = performance.now();
    socket.write('x');
    await once(socket, 'data');
    times.push(performance.now() - from);
  }
  socket.destroy();
  return median(times.slice(WARM_UP));
}
