import { type ClientRequest, request } from 'node:http';
import * as z from 'zod';
import { parseJson } from '../../system/text/parse-json.ts';

/** What the forge answered. */
export interface Answered {
  readonly status: number;
  /** Of an error; empty otherwise. */
  readonly code: string;
  readonly message: string;
}

export interface Destination {
  readonly socketPath: string;
  readonly path: string;
  /** Null: it is known when everything is sent. */
  readonly bytes: number | null;
}

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * Sends what `write` writes, which ends the request itself. A forge that refuses it reads no further: its answer counts,
 * whatever becomes of the rest. Rejects when there is no answer.
 */
export async function putToForge(
  { socketPath, path, bytes }: Destination,
  write: (call: ClientRequest) => Promise<void>,
  signal: AbortSignal,
): Promise<Answered> {
  const call = request({
    socketPath,
    method: 'PUT',
    path,
    signal,
    agent: false,
    headers: {
      host: 'forge',
      'content-type': 'application/octet-stream',
      ...(bytes === null ? {} : { 'content-length': String(bytes) }),
    },
  });
  const answered = new Promise<Answered>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        const read = refusal.safeParse(parseJson(Buffer.concat(parts).toString()));
        const status = answer.statusCode ?? 500;
        resolve({
          status,
          ...(read.success ? read.data.error : { code: '', message: `the forge answered ${status}` }),
        });
      });
    });
  });
  const isSent = write(call).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await answered;
  } finally {
    call.destroy();
    await isSent;
  }
}
