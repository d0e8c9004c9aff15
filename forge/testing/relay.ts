import { type AddressInfo, createConnection, createServer, type Server } from 'node:net';

/** A TCP port on loopback relayed to a Unix socket, like the harness's in a box. */
export async function startRelay(socket: string): Promise<{ server: Server; url: string }> {
  const server = createServer((client) => {
    const upstream = createConnection({ path: socket });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
