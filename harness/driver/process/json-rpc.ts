import * as z from 'zod';

/** A program's error, as the protocol has it. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor({ code, message, data }: { code: number; message: string; data?: unknown }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const message = z.object({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
});

/** Requests to a program and from it: JSON-RPC 2.0. Some dialects leave out the member `jsonrpc`. */
export interface Rpc {
  /** Rejects with an RpcError, or with the reason of `close`. */
  request(method: string, params: object): Promise<unknown>;
  notify(method: string, params: object): void;
  /** A message of the program. False: the protocol has no such message. */
  take(given: unknown): boolean;
  /** Rejects what is waited for, and what is requested later. */
  close(reason: Error): void;
}

const METHOD_NOT_FOUND = -32_601;

/**
 * `write` sends a message, without the member `jsonrpc`. `answer` returns the result of a program's request; undefined
 * when nobody answers it: the program gets an error at once.
 */
export function createRpc(
  write: (message: object) => void,
  answer: (method: string, params: unknown) => object | undefined,
): Rpc {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let requests = 0;
  let closed: Error | null = null;

  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        if (closed !== null) return reject(closed);
        requests += 1;
        waiting.set(requests, { resolve, reject });
        return write({ id: requests, method, params });
      }),
    notify: (method, params) => write({ method, params }),
    take(given) {
      const parsed = message.safeParse(given);
      if (!parsed.success) return false;
      const { id, method, params, result, error } = parsed.data;
      if (method === undefined && id === undefined) return false;
      if (method !== undefined && id !== undefined) {
        const said = answer(method, params);
        write(said === undefined ? { id, error: refusal(method) } : { id, result: said });
      }
      if (method !== undefined || typeof id !== 'number') return true;
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) asked?.resolve(result);
      else asked?.reject(new RpcError(error));
      return true;
    },
    close(reason) {
      closed = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}

function refusal(method: string): { code: number; message: string } {
  return { code: METHOD_NOT_FOUND, message: `Nobody answers "${method}" here.` };
}
