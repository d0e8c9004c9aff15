import { type IncomingMessage, request } from 'node:http';
import { HiveError } from '../../protocol/errors.ts';
import type { Op } from '../../protocol/op.ts';
import { encodeCall } from '../../wire/call.ts';
import type { CallOptions } from '../../wire/client.ts';

/** The longest answer: a file of 10 MiB in base64. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const NEVER_SENT = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTDIR']);

/** The server at the other end of a socket, as error texts name it. */
export type Server = 'hive' | 'forge';

/**
 * Calls an operation over HTTP and a connection of its own, where frames are not used: for files (no other call waits
 * behind megabytes) and the forge. Throws like a call over frames.
 */
export async function callOverHttp(
  { socketPath, server }: { socketPath: string; server: Server },
  op: Op,
  call: CallOptions & { input: Record<string, unknown> },
): Promise<unknown> {
  const { status, body } = await exchange({ socketPath, server }, encodeCall(op, call.input), call);
  if (status >= 400) throw HiveError.fromBody(body);
  const answer = op.output.safeParse(body);
  if (answer.success) return answer.data;
  const message = `The ${server} answered ${op.name} with something unexpected.`;
  throw new HiveError('internal', message, { cause: answer.error });
}

function exchange(
  { socketPath, server }: { socketPath: string; server: Server },
  { method, path, body }: ReturnType<typeof encodeCall>,
  { signal, timeoutMs = 30_000 }: CallOptions,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const sent = !NEVER_SENT.has((cause as NodeJS.ErrnoException).code ?? '');
      return reject(new HiveError('hive_unreachable', `The ${server} does not answer.`, { cause, details: { sent } }));
    };
    const headers: Record<string, string | number> = { host: 'hive', connection: 'close' };
    if (body !== null) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    const sent = request(
      { agent: false, socketPath, method, path, headers, ...(signal === undefined ? {} : { signal }) },
      (answer) => {
        readJson(answer).then((parsed) => resolve({ status: answer.statusCode ?? 0, body: parsed }), fail);
      },
    );
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error('no answer in time')));
    sent.once('error', fail);
    sent.end(body);
  });
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    parts.push(part);
  }
  // The caller parses it with the operation's output schema.
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
