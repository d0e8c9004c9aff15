import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { HiveError } from '../../../protocol/errors.ts';
import { notReached } from '../../../wire/client.ts';
import { readAnswer } from '../../../wire/http-call.ts';

/** A stream of bytes from or to the forge. */
export interface StreamCall {
  readonly socketPath: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** The forge waits for pushes and packs before it answers. */
const PATIENCE_MS = 3_600_000;

/** Bytes from the forge; null when it has none. Throws the forge's own error, `hive_unreachable`. */
export async function download(call: StreamCall): Promise<IncomingMessage | null> {
  const answer = await send(call, 'GET', null);
  if (answer.statusCode === 204) {
    answer.resume();
    return null;
  }
  await throwRefusal(answer);
  return answer;
}

/** Sends bytes, and resolves with the forge's answer. Throws the forge's own error, `hive_unreachable`. */
export async function upload(
  call: StreamCall,
  { bytes, body }: { bytes: number; body: AsyncIterable<Buffer> },
): Promise<unknown> {
  const answer = await send(call, 'POST', { bytes, body });
  await throwRefusal(answer);
  return readAnswer(answer, { timeoutMs: PATIENCE_MS });
}

async function throwRefusal(answer: IncomingMessage): Promise<void> {
  if ((answer.statusCode ?? 500) < 400) return;
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (answer.headers['content-type']?.startsWith('application/json') === true) throw HiveError.fromBody(readJson(text));
  throw new HiveError('internal', `The forge says: ${text.trim().slice(0, 300)}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function send(
  { socketPath, path, signal }: StreamCall,
  method: 'GET' | 'POST',
  given: { bytes: number; body: AsyncIterable<Buffer> } | null,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const headers = {
      host: 'hive',
      connection: 'close',
      ...(given === null ? {} : { 'content-type': 'application/octet-stream', 'content-length': given.bytes }),
    };
    const sent = request({ agent: false, socketPath, method, path, headers, signal });
    sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error('no answer in time')));
    sent.once('response', (answer) => {
      answer.on('error', () => undefined);
      resolve(answer);
    });
    sent.on('error', (cause) => reject(signal.aborted ? (signal.reason as Error) : notReached(cause, socketPath)));
    if (given === null) sent.end();
    else feed(sent, given.body).catch((error: unknown) => reject(error as Error));
  });
}

async function feed(sent: ReturnType<typeof request>, body: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const chunk of body) {
      // The forge has refused it: its answer says why.
      if (sent.destroyed || sent.writableEnded) return;
      if (!sent.write(chunk))
        await new Promise<void>((resolve) => void sent.once('drain', resolve).once('close', resolve));
    }
    sent.end();
  } catch (error) {
    sent.destroy();
    throw error;
  }
}
