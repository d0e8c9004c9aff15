import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import type { RedactionStream } from '../../../system/redact/redactor.ts';
import { readEncoding } from '../encodings/read-encoding.ts';
import { PLAIN_PORT } from '../../../protocol/egress.ts';
import { INJECTED_PORT } from '../../../protocol/injection-words.ts';
import type { Injection } from './injections.ts';
import type { RequestTarget } from './read-target.ts';

/**
 * Headers of the box's that are not sent with a secret: those that make another request of it (its method, its host),
 * and those that have the answer come in a form in which the secret would not be found (compressed, in parts).
 */
const NOT_WITH_SECRET: readonly string[] = [
  'accept-encoding',
  'forwarded',
  'if-range',
  'range',
  'x-forwarded-host',
  'x-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-host',
];

/** The names of the box's headers that are dropped, the one that holds the secret included. */
export function droppedWith({ header }: Injection): string[] {
  return [...NOT_WITH_SECRET, header];
}

/** Names and values of the headers that are added. */
export function addedBy({ header, value }: Injection): string[] {
  return ['accept-encoding', 'identity', ...(value === null ? [] : [header, value])];
}

/**
 * Headers of the answer that the box does not get: a cookie may stand for the secret; the body has another length, and
 * no encoding.
 */
export const NOT_BACK: readonly string[] = [
  'set-cookie',
  'set-cookie2',
  'content-length',
  'content-encoding',
  'trailer',
];

/**
 * Headers in which a redirect within the host has the box's form of its address, without TLS: otherwise the box would
 * ask by a tunnel, and without the secret (a repository that was renamed). Any other address stays as it is.
 */
export function pointBack(
  headers: readonly string[],
  { target: { host, port }, injection }: { target: Pick<RequestTarget, 'host' | 'port'>; injection: Injection },
): string[] {
  const own = injection.port === INJECTED_PORT ? [host, `${host}:${injection.port}`] : [`${host}:${injection.port}`];
  const place = port === PLAIN_PORT ? host : `${host}:${port}`;
  return headers.map((value, index) => {
    if (index % 2 === 0 || headers[index - 1]?.toLowerCase() !== 'location') return value;
    const [, authority = '', rest = ''] = /^https:\/\/([^/?#]*)(.*)$/is.exec(value) ?? [];
    return own.includes(authority.toLowerCase()) ? `http://${place}${rest}` : value;
  });
}

/** Takes the secret out of names and values of headers, and of other texts. */
export function cleanTexts(texts: readonly string[], { redactor }: Injection): string[] {
  // Node reads headers as Latin-1.
  return texts.map((text) => {
    const { value, found } = redactor.redactText(text);
    return found.length === 0 ? text : value;
  });
}

/**
 * The answer's body, decoded, without the secret. Rejects (UnreadableBodyError) when it is in an encoding that cannot
 * be read; a later fault breaks the stream.
 */
export async function cleanBody(answer: IncomingMessage, { redactor }: Injection): Promise<Readable> {
  const encoding = (answer.headers['content-encoding'] ?? 'identity').toLowerCase();
  const plain = encoding === 'identity' || encoding === '' ? answer : await readEncoding(answer, encoding);
  const clean = redactStream(redactor.openStream());
  // Errors reach whoever reads the result, which is destroyed with the rest.
  pipeline(plain, clean, () => {});
  return clean;
}

function redactStream(redaction: RedactionStream): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, redaction.push(chunk));
    },
    flush(done) {
      done(null, redaction.end());
    },
  });
}
