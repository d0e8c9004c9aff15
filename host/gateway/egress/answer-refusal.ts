import type { Duplex } from 'node:stream';
import { REFUSAL_HEADER } from '../../../protocol/egress.ts';
import type { EgressRefusal } from './decide-egress.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  // Some clients show the reason phrase and not the body.
  403: 'Not allowed by the hive',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Tells a client on a raw connection that its request is refused, and closes the connection. */
export function answerRefusal(socket: Duplex, { status, code, words }: EgressRefusal): void {
  if (socket.destroyed) return;
  const body = `${words}\n`;
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
    'content-type: text/plain; charset=utf-8',
    `${REFUSAL_HEADER}: ${code}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // What the client still sends is read away: it would get a reset instead of the answer.
  socket.resume();
  const deadline = setTimeout(() => socket.destroy(), 2_000);
  socket.once('close', () => clearTimeout(deadline));
}
