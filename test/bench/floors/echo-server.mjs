// The floor of everything that goes over a Unix socket: bare bytes sent back, by a process of its own, as hived is.
// Says "ready" when it listens. usage: node echo-server.mjs SOCKET
import { createServer } from 'node:net';

const [socketPath] = process.argv.slice(2);
const echo = createServer((socket) => socket.pipe(socket));
await new Promise((resolve) => {
  echo.listen(socketPath, resolve);
});
process.stdout.write('ready\n');
// Ends with its parent, however that ends.
process.stdin.resume().on('end', () => process.exit(0));
