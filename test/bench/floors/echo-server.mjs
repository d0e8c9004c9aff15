// The baseline of everything that goes over a Unix socket: bytes echoed by a separate process, as hived is one. Prints
// "ready" when it listens. usage: node echo-server.mjs SOCKET
import { createServer } from 'node:net';

const [socketPath] = process.argv.slice(2);
const echo = createServer((socket) => socket.pipe(socket));
await new Promise((resolve) => {
  echo.listen(socketPath, resolve);
});
process.stdout.write('ready\n');
// Exits when its parent does, for whatever reason.
process.stdin.resume().on('end', () => process.exit(0));
