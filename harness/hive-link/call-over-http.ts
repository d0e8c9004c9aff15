import { HiveError } from '../../protocol/errors.ts';
import type { Op } from '../../protocol/op.ts';
import { encodeCall } from '../../wire/call.ts';
import { type CallOptions, readAnswer, sendCall } from '../../wire/http-call.ts';

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

async function exchange(
  { socketPath, server }: { socketPath: string; server: Server },
  encoded: ReturnType<typeof encodeCall>,
  options: CallOptions,
): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await sendCall(encoded, { ...options, socketPath, agent: false });
    return { status: answer.statusCode ?? 0, body: await readAnswer(answer, options) };
  } catch (cause) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    const sent = !NEVER_SENT.has((cause as NodeJS.ErrnoException).code ?? '');
    throw new HiveError('hive_unreachable', `The ${server} does not answer.`, { cause, details: { sent } });
  }
}
