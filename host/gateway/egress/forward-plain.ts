import { type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { type EgressCaller, PLAIN_PORT, REFUSAL_HEADER } from '../../../protocol/egress.ts';
import { INJECTED_PORT } from '../../../protocol/injection-words.ts';
import type { EgressRefusal } from './decide-egress.ts';
import { addedBy, cleanBody, cleanTexts, droppedWith, NOT_BACK, pointBack } from './inject-secret.ts';
import type { Injection } from './injections.ts';
import { type EgressDeps, openConnection } from './open-connection.ts';
import type { RequestTarget } from './read-target.ts';

/** Headers that concern one connection, in either direction; and the one that is the gateway's own. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  REFUSAL_HEADER,
]);

/**
 * Forwards a plain HTTP request to its host, written anew: nothing of the box's own framing reaches the host. Where the
 * operator declared a secret for the host, the request goes by TLS with the secret added, and the answer comes without
 * it. Redirects are not followed; one within the host leads the box back here.
 */
export async function forwardPlain(
  asked: {
    agent: EgressCaller;
    target: RequestTarget;
    request: IncomingMessage;
    response: ServerResponse;
    signal: AbortSignal;
  },
  deps: EgressDeps,
): Promise<void> {
  const { agent, target, request, response, signal } = asked;
  const opened = await openConnection({ agent, target, signal }, deps);
  if ('do' in opened) return refusePlain(response, opened);
  const { socket, injection } = opened;
  response.once('close', () => socket.destroy());
  const [port, usual] = injection === null ? [target.port, PLAIN_PORT] : [injection.port, INJECTED_PORT];
  const host = port === usual ? target.host : `${target.host}:${port}`;
  const framing = request.headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked'];
  const own = injection === null ? [] : addedBy(injection);
  const dropped = injection === null ? [] : droppedWith(injection);
  const kept = keepHeaders(request.rawHeaders, 'host', ...dropped);
  const outgoing = send({
    createConnection: () => socket,
    method: target.method,
    path: target.path,
    headers: ['host', host, 'connection', 'close', ...framing, ...kept, ...own],
  });
  const fail = () => {
    if (response.headersSent) response.destroy();
    else refusePlain(response, UNREADABLE);
  };
  outgoing.once('error', fail);
  // A host that changes the protocol: nothing else would come.
  outgoing.once('upgrade', (_answer, changed) => {
    changed.destroy();
    fail();
  });
  outgoing.once('response', (answer) => {
    answer.on('error', fail);
    answer.on('data', opened.count);
    answer.pause();
    passAnswer(answer, { response, injection, target }).catch(fail);
  });
  request.pipe(outgoing);
  request.on('data', opened.count);
}

/** Rejects when the body is in an encoding that hides the secret. */
async function passAnswer(
  answer: IncomingMessage,
  to: { response: ServerResponse; injection: Injection | null; target: RequestTarget },
): Promise<void> {
  const { response, injection, target } = to;
  const { statusCode: status = 502, statusMessage: reason = '' } = answer;
  if (injection === null) {
    response.writeHead(status, reason, ['connection', 'close', ...keepHeaders(answer.rawHeaders)]);
    answer.pipe(response);
    return;
  }
  const body = await cleanBody(answer, injection);
  const headers = cleanTexts(pointBack(keepHeaders(answer.rawHeaders, ...NOT_BACK), { target, injection }), injection);
  const [words = ''] = cleanTexts([reason], injection);
  response.writeHead(status, words, ['connection', 'close', ...headers]);
  pipeline(body, response, () => {});
}

const UNREADABLE: EgressRefusal = {
  do: 'refuse',
  code: 'unreachable',
  status: 502,
  words: 'The host closed the connection, or did not answer in HTTP/1.1.',
};

/** Answers a request that is not forwarded. */
export function refusePlain(response: ServerResponse, { status, code, words }: EgressRefusal): void {
  if (response.destroyed) return;
  const reason = status === 403 ? 'Not allowed by the hive' : undefined;
  const body = `${words}\n`;
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    [REFUSAL_HEADER]: code,
  };
  if (reason === undefined) response.writeHead(status, headers);
  else response.writeHead(status, reason, headers);
  response.end(body);
}

/** Name and value of each header that is passed on, without those that "Connection" names. */
function keepHeaders(raw: readonly string[], ...without: string[]): string[] {
  const dropped = new Set([...HOP_BY_HOP, ...without]);
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]?.toLowerCase() === 'connection')
      for (const name of (raw[index + 1] ?? '').split(',')) dropped.add(name.trim().toLowerCase());
  // The length of the body is not for a client to hide.
  if (!without.includes('content-length')) dropped.delete('content-length');
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    if (!dropped.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
