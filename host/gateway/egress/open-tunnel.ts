import type { Socket } from 'node:net';
import type { EgressCaller } from '../../../protocol/egress.ts';
import { DirectSocket } from '../../../system/socket/direct-socket.ts';
import { answerRefusal } from './answer-refusal.ts';
import { decideTunnelStart } from './decide-egress.ts';
import { type EgressDeps, openConnection } from './open-connection.ts';
import { type ClientHello, readClientHello } from './read-client-hello.ts';
import type { RequestTarget } from './read-target.ts';

type Hello = Exclude<ClientHello, { found: 'need_more' }>;

/**
 * Connects a CONNECT request: first to the host, so that the client is told when it cannot be reached; then the
 * client's TLS greeting is read and must name the same host, before any byte of it is passed on.
 */
export async function openTunnel(
  asked: { agent: EgressCaller; target: RequestTarget; client: Socket; head: Buffer; signal: AbortSignal },
  deps: EgressDeps,
): Promise<void> {
  const { agent, target, client, head, signal } = asked;
  const opened = await openConnection({ agent, target, signal }, deps);
  if ('do' in opened) return answerRefusal(client, opened);
  const { socket } = opened;
  client.once('close', () => socket.destroy());
  socket.once('close', () => void (socket.readableEnded || client.destroy()));
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  const start = await readStart(client, { head, ms: deps.limits.helloMs });
  if (start === null) return void socket.destroy();
  const decision = decideTunnelStart(target.host, start.hello);
  if (decision.do === 'refuse') {
    opened.refuse(decision);
    return void client.destroy();
  }
  socket.write(start.bytes);
  client.pipe(socket);
  client.on('data', opened.count);
  if (socket instanceof DirectSocket) return socket.carryTo(client, opened.count);
  socket.pipe(client);
  socket.on('data', opened.count);
}

/** The first bytes of a tunnel up to the end of the TLS greeting; null when the client closes it. */
function readStart(client: Socket, { head, ms }: { head: Buffer; ms: number }) {
  return new Promise<{ hello: Hello; bytes: Buffer } | null>((resolve) => {
    let bytes = head;
    const finish = (result: { hello: Hello; bytes: Buffer } | null) => {
      clearTimeout(deadline);
      client.off('data', read);
      for (const end of ['close', 'end'] as const) client.off(end, gone);
      client.pause();
      resolve(result);
    };
    const judge = () => {
      const hello = readClientHello(bytes);
      if (hello.found !== 'need_more') finish({ hello, bytes });
    };
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      judge();
    };
    const gone = () => finish(null);
    const deadline = setTimeout(() => finish({ hello: { found: 'not_tls' }, bytes }), ms);
    for (const end of ['close', 'end'] as const) client.once(end, gone);
    client.on('data', read);
    judge();
  });
}
