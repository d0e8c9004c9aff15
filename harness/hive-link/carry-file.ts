import { type IncomingMessage, request } from 'node:http';
import { HiveError } from '../../protocol/errors.ts';
import type { Op, OpInput, OpOutput } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { encodeCall } from '../../wire/call.ts';

type FileOps = Pick<typeof agentSurface, 'upload' | 'download'>;

/**
 * Calls one of the operations that carry a file. Throws as `HiveClient.call` does; both may be repeated without
 * harm, so nothing is said about how far a call came.
 */
export type CarryFile = <K extends keyof FileOps>(name: K, input: OpInput<FileOps[K]>) => Promise<OpOutput<FileOps[K]>>;

/** A file of 10 MiB in base64, and what stands around it. */
const MAX_ANSWER_BYTES = 15 * 1024 * 1024;
/** One agent's files are carried one after the other, so a call may have to wait for others. */
const TIMEOUT_MS = 60_000;

/** Files go over HTTP on the same socket, a connection each: they are seldom, and no frame holds one. */
export function createFileCarrier(socketPath: string): CarryFile {
  return async (name, input) => {
    const op: Op = agentSurface[name];
    const { status, body } = await exchange(socketPath, encodeCall(op, input));
    if (status >= 400) throw HiveError.fromBody(body);
    const answer = op.output.safeParse(body);
    if (answer.success) return answer.data as never;
    throw new HiveError('internal', `hived answered ${name} with something unexpected.`, { cause: answer.error });
  };
}

function exchange(
  socketPath: string,
  { method, path, body }: ReturnType<typeof encodeCall>,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new HiveError('hive_unreachable', 'The hive does not answer.', { cause, details: { sent: true } }));
    const headers =
      body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { agent: false, socketPath, method, path, headers: { host: 'hive', ...headers } },
      (answer) => {
        readJson(answer).then((json) => resolve({ status: answer.statusCode ?? 0, body: json }), fail);
      },
    );
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('no answer in time')));
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
  // Parsed with the operation's output schema by the caller.
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
