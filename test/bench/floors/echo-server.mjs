// The floors of everything that goes over a Unix socket: a Fastify that answers a send with a constant,
// and bare bytes sent back. Both in a process of their own, as hived is. Says "ready" when both listen.
// usage: node echo-server.mjs HTTP_SOCKET BYTES_SOCKET
import { createServer } from 'node:net';
import Fastify from 'fastify';

const [httpSocket, bytesSocket] = process.argv.slice(2);
const app = Fastify({ logger: false });
app.post('/messages', (request) => ({ id: 1, thread: 1, recipients: [request.body.to], duplicate: false }));
await app.listen({ path: httpSocket });
const echo = createServer((socket) => socket.pipe(socket));
await new Promise((resolve) => {
  echo.listen(bytesSocket, resolve);
});
process.stdout.write('ready\n');
// Ends with its parent, however that ends.
process.stdin.resume().on('end', () => process.exit(0));
