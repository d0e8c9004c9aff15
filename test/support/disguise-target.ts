import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** How to connect to a server: a loopback port, or a Unix socket. */
export type Door = { port: number } | { socketPath: string };

/** The response; status 0 when the server closed the connection instead. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A path in every disguise that a router, a proxy or a file system may normalize: all request lines mean `path`. */
export function disguise(path: string): string[] {
  const segments = path.split('/').slice(1);
  const [first = '', ...rest] = segments;
  const tail = rest.map((segment) => `/${segment}`).join('');
  return [
    ...new Set([
      path,
      // Each letter of the path percent-encoded, all of them, and encoded twice.
      ...path.split('').flatMap((_, i) => (i === 0 ? [] : [encodeAt(path, i), encodeAt(path, i).toLowerCase()])),
      `/${encodeAll(first)}${tail}`,
      `/${segments.map(encodeAll).join('/')}`,
      `/${encodeAll(encodeAll(first))}${tail}`,
      `/${encodeAt(first, 0).replace('%', '%25')}${tail}`,
      `/${segments.join('%2f')}`,
      `/${segments.join('%252f')}`,
      `%2f${segments.join('/')}`,
      // Not a path: for a proxy, for the server itself, relative.
      `http://x${path}`,
      `http://127.0.0.1${path}`,
      `HTTPS://x:443${path}`,
      `file://${path}`,
      `*${path.slice(1)}`,
      `*${path}`,
      path.slice(1),
      `?${path}`,
      // Additional slashes and dots.
      `/${path}`,
      `//x${path}`,
      `///${path}`,
      `/.${path}`,
      `/x/..${path}`,
      `/x/%2e%2e${path}`,
      `/x/..;${path}`,
      `/assets/..${path}`,
      `/assets/%2e%2e${path}`,
      `/assets/..%2f..${path}`,
      `/${first}/.${tail}`,
      `/${first}/${tail}`,
      `/${first}/x/..${tail}`,
      `${path}/`,
      `${path}//`,
      `${path}/.`,
      `${path}/..`,
      `${path}.`,
      `${path}%20`,
      `${path}%2f`,
      // Another case, a trailing slash, parameters, string terminators.
      path.toUpperCase(),
      `/${first.toUpperCase()}${tail}`,
      path.replaceAll('/', '\\'),
      `/\\${path.slice(1)}`,
      `/%5c${path.slice(1)}`,
      `/${segments.join('%5c')}`,
      `/${first};a=b${tail}`,
      `${path};a=b`,
      `/;${path}`,
      `${path}%00`,
      `${path}%00.js`,
      `/%00${path}`,
      `/${first}%00${tail}`,
      `${path}%0d%0a`,
      `${path}%09`,
      `/%09${path.slice(1)}`,
      `${path}?x`,
      `${path}?/../../sign-in`,
      `${path}#x`,
      `/sign-in#${path}`,
      `/sign-in%3f${path}`,
      `/%c0%ae%c0%ae${path}`,
      `/%c0%af${path.slice(1)}`,
      `/%ef%bc%8f${path.slice(1)}`,
      `/%e0%80%af${path.slice(1)}`,
      `/%u0061${path}`,
      `/%zz${path}`,
    ]),
  ];
}

/** Sends a request with exactly this target; no client normalizes it. */
export function askAsIs(
  door: Door,
  given: { method: string; target: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, target: path, body } = given;
    // Node sends the body of a DELETE without framing: it would be parsed as the next request.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const headers = { ...length, ...given.headers };
    const asked = request({ ...door, method, path, headers, agent: false });
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') resolve({ status: 0, headers: {}, body: '' });
      else reject(error);
    });
    asked.once('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      // An open stream has shown enough.
      if (headers['content-type']?.startsWith('text/event-stream') === true) {
        asked.destroy();
        resolve({ status, headers, body: '' });
        return;
      }
      text(response).then((body) => resolve({ status, headers, body }), reject);
    });
    asked.end(body);
  });
}

function encodeAll(segment: string): string {
  return segment
    .split('')
    .map((_, i) => encodeAt(segment, i).slice(i, i + 3))
    .join('');
}

function encodeAt(text: string, i: number): string {
  const code = text.charCodeAt(i).toString(16).toUpperCase().padStart(2, '0');
  return `${text.slice(0, i)}%${code}${text.slice(i + 1)}`;
}
