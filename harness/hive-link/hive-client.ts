import { Agent, type IncomingMessage, request } from 'node:http';
import { HiveError } from '../../protocol/errors.ts';
import type { Op, OpInput, OpOutput } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { encodeCall } from '../../wire/call.ts';

type AgentOps = typeof agentSurface;

/** hived, as seen from inside the box. */
export interface HiveClient {
  /**
   * Calls one operation. Throws a HiveError: hived's own, or `hive_unreachable` when nobody answers;
   * its `details.sent` then says whether hived may have acted on the request all the same.
   */
  call<K extends keyof AgentOps>(
    name: K,
    input: OpInput<AgentOps[K]>,
    options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<OpOutput<AgentOps[K]>>;
  close(): void;
}

/** The longest answer hived may give: 50 messages of 64 KiB, escaped. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const NEVER_SENT = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTDIR']);

/**
 * The harness's own client of its agent's socket. It is written on node:http instead of wire/client.ts
 * (undici) because a harness runs in every box: undici costs 14 MB of resident memory in each.
 */
export function connectHive(socketPath: string): HiveClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, scheduling: 'lifo' });
  return {
    async call(name, input, options = {}) {
      const op: Op = agentSurface[name];
      const { status, body } = await exchange({ agent, socketPath, ...encodeCall(op, input), ...options });
      if (status >= 400) throw HiveError.fromBody(body);
      const answer = op.output.safeParse(body);
      if (!answer.success)
        throw new HiveError('internal', `hived answered ${name} with something unexpected.`, { cause: answer.error });
      return answer.data as never;
    },
    close: () => agent.destroy(),
  };
}

interface Exchange extends ReturnType<typeof encodeCall> {
  agent: Agent;
  socketPath: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

function exchange(call: Exchange): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      if (call.signal?.aborted === true) return reject(call.signal.reason);
      const sent = !NEVER_SENT.has((cause as NodeJS.ErrnoException).code ?? '');
      return reject(new HiveError('hive_unreachable', 'The hive does not answer.', { cause, details: { sent } }));
    };
    const headers: Record<string, string | number> = { host: 'hive' };
    if (call.body !== null) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(call.body);
    }
    const { agent, socketPath, method, path, signal } = call;
    const sent = request(
      { agent, socketPath, method, path, headers, ...(signal === undefined ? {} : { signal }) },
      (answer) => {
        readJson(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), fail);
      },
    );
    sent.setTimeout(call.timeoutMs ?? 30_000, () => sent.destroy(new Error('no answer in time')));
    sent.once('error', fail);
    sent.end(call.body);
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
