import { connect } from 'node:net';
import type { TunnelLoad } from './run-tunnels.ts';

/**
 * A client in a process of its own that downloads through some tunnels at once. It opens each with CONNECT, unless it
 * connects directly, and begins as a TLS client does. Prints bytes a second.
 */
const load = JSON.parse(process.argv[2] ?? '') as TunnelLoad;
const hello = Buffer.from(load.hello, 'base64');
const from = performance.now();
const sizes = await Promise.all(Array.from({ length: load.tunnels }, download));
const seconds = (performance.now() - from) / 1_000;
process.stdout.write(JSON.stringify(sizes.reduce((sum, size) => sum + size, 0) / seconds));

function download(): Promise<number> {
  return new Promise((resolve, reject) => {
    let size = 0;
    let open = load.target === null;
    const socket = connect({
      ...load.to,
      onread: {
        buffer: Buffer.alloc(256 * 1024),
        callback(length, buffer) {
          if (open) size += length;
          else {
            const answer = Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1');
            if (!/^HTTP\/1\.[01] 200 /.test(answer)) reject(new Error(`a tunnel is answered: ${answer.slice(0, 200)}`));
            if (answer.includes('\r\n\r\n')) {
              open = true;
              socket.write(hello);
            }
          }
          return true;
        },
      },
    });
    socket.once('connect', () =>
      socket.write(load.target === null ? hello : `CONNECT ${load.target} HTTP/1.1\r\nHost: ${load.target}\r\n\r\n`),
    );
    socket.once('error', reject);
    socket.once('close', () => resolve(size));
  });
}
