import type { Socket } from 'node:net';
import { connect, rootCertificates, type TLSSocket } from 'node:tls';

/**
 * Begins TLS on a connection, as the client of `host`, whose certificate is verified. Rejects with the error's code when
 * it is not that host's, and when the signal fires; the connection is then closed.
 */
export function secureConnection(
  socket: Socket,
  { host, caPem, signal }: { host: string; caPem: string | null; signal: AbortSignal },
): Promise<TLSSocket> {
  const secure = connect({
    socket,
    servername: host,
    ALPNProtocols: ['http/1.1'],
    ...(caPem === null ? {} : { ca: [...rootCertificates, caPem] }),
  });
  return new Promise((resolve, reject) => {
    const abort = () => secure.destroy(signal.reason as Error);
    const leave = () => {
      signal.removeEventListener('abort', abort);
      secure.off('error', fail);
    };
    const fail = (error: Error) => {
      leave();
      secure.on('error', () => undefined).destroy();
      socket.destroy();
      reject(error);
    };
    signal.addEventListener('abort', abort);
    secure.once('error', fail);
    secure.once('secureConnect', () => {
      leave();
      resolve(secure);
    });
    if (signal.aborted) abort();
  });
}
