import { type AddressInfo, createServer, type Socket } from 'node:net';

/**
 * A host outside, on loopback and in a process of its own: whoever says something to it gets as many bytes as fast as it
 * takes them, and then the end. Argument: megabytes (10^6). Prints its port.
 */
const CHUNK = Buffer.alloc(1_000_000, 'x');
const chunks = Number(process.argv[2]);

const server = createServer((client) => {
  client.on('error', () => client.destroy());
  client.once('data', () => send(client, chunks));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

function send(client: Socket, left: number): void {
  if (left === 0) return void client.end();
  client.write(CHUNK, () => send(client, left - 1));
  return undefined;
}
