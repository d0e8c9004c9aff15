import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { connect, rootCertificates } from 'node:tls';
import { REFUSAL_HEADER } from '../../protocol/egress.ts';
import { placeOf, readOutsideUrl } from '../../protocol/outside-url.ts';
import type { Outside } from './run-git.ts';
import { OutsideError } from './trouble.ts';

export interface HostCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limitMs: number;
  /** Of the answer's body so many bytes are read. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HostAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Posts to a host outside, by the gateway: with TLS of our own through a tunnel, or without it where the gateway adds a
 * secret and TLS. Redirects are not followed. Throws OutsideError with the reason, and the signal's reason.
 */
export async function callHost({ way, caPem }: Outside, call: HostCall): Promise<HostAnswer> {
  const { url, limitMs, signal } = call;
  const target = readOutsideUrl(url);
  if (typeof target === 'string') throw new OutsideError({ kind: 'other', words: target });
  const { host, port, path, isTls } = target;
  const added = (await way.injected(signal)).find((one) => one.host === host && one.port === port && isTls);
  const late = AbortSignal.timeout(limitMs);
  const limit = AbortSignal.any([signal, late]);
  try {
    if (!isTls || added !== undefined) {
      const place = placeOf({ host, port: added?.askedPort ?? port, isTls: false });
      return await post(
        { agent: false, socketPath: way.socket, path: `http://${place}${path}`, headers: { host: place } },
        call,
        limit,
      );
    }
    const socket = await openTunnel(way.socket, `${host}:${port}`, limit);
    const secure = connect({
      socket,
      servername: host,
      ALPNProtocols: ['http/1.1'],
      ...(caPem === null ? {} : { ca: [...rootCertificates, caPem] }),
    });
    const createConnection = () => secure;
    return await post({ createConnection, path, headers: { host: placeOf(target) } }, call, limit);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OutsideError) throw error;
    if (late.aborted)
      throw new OutsideError({
        kind: 'slow',
        words: `${placeOf(target)} did not answer in ${limitMs / 1_000} seconds.`,
      });
    const { code } = error as NodeJS.ErrnoException;
    const words = `${placeOf(target)} cannot be reached (${code ?? 'the connection ended'}).`;
    throw new OutsideError({ kind: 'other', words }, { cause: error });
  }
}

type Destination = Omit<RequestOptions, 'headers'> & { readonly headers: Readonly<Record<string, string>> };

function post(to: Destination, { headers, body, maxBytes }: HostCall, signal: AbortSignal): Promise<HostAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...to,
      method: 'POST',
      signal,
      headers: { ...to.headers, connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers },
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      read(answer, maxBytes).then((text) => {
        const code = answer.headers[REFUSAL_HEADER];
        if (code !== undefined) return reject(refusalOf(String(code), text));
        return resolve({ status: answer.statusCode ?? 0, body: text });
      }, reject);
    });
    sent.end(body);
  });
}

/** Resolves with the connection to the host, or throws the gateway's refusal. */
function openTunnel(socketPath: string, place: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath,
      method: 'CONNECT',
      path: place,
      headers: { host: place },
      agent: false,
      signal,
    });
    asked.once('error', reject);
    asked.once('connect', (answer, socket: Socket, head) => {
      if (answer.statusCode === 200) {
        socket.once('error', () => socket.destroy());
        return resolve(socket);
      }
      let text = head.toString('utf8');
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      socket.once('error', reject);
      socket.once('close', () => reject(refusalOf(String(answer.headers[REFUSAL_HEADER] ?? ''), text)));
    });
    asked.end();
  });
}

function refusalOf(code: string, text: string): OutsideError {
  const words = text.trim() === '' ? 'The gateway lets nothing through.' : text.trim();
  return new OutsideError({ kind: code === 'not_allowed' || code === 'denied' ? 'refused' : 'other', words });
}

/** The beginning of a body; the rest is not waited for. */
async function read(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}
