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

/** Requests to a program and from it: JSON-RPC 2.0. */
export interface Rpc {
  /** Rejects with an RpcError, or with the reason of `close`. */
  request(method: string, params: object): Promise<unknown>;
  notify(method: string, params: object): void;
  /** A message of the program, unless it is a notification. */
  take(given: object): void;
  /** Rejects what is waited for, and what is requested later. */
  close(reason: Error): void;
}

const METHOD_NOT_FOUND = -32_601;

/** `answer` returns the result of a program's request; undefined when nobody answers it: the program gets an error. */
export function createRpc(
  write: (message: object) => void,
  answer: (method: string, params: unknown) => object | undefined,
): Rpc {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let requests = 0;
  let closed: Error | null = null;
  const send = (rest: object) => write({ jsonrpc: '2.0', ...rest });

  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        if (closed !== null) return reject(closed);
        requests += 1;
        waiting.set(requests, { resolve, reject });
        return send({ id: requests, method, params });
      }),
    notify: (method, params) => send({ method, params }),
    take(given) {
      const { id, method, params, result, error } = message.parse(given);
      if (method !== undefined) {
        if (id === undefined) return undefined;
        const said = answer(method, params);
        if (said !== undefined) return send({ id, result: said });
        return send({ id, error: { code: METHOD_NOT_FOUND, message: `Nobody answers "${method}" here.` } });
      }
      const asked = typeof id === 'number' ? waiting.get(id) : undefined;
      if (asked === undefined || typeof id !== 'number') return undefined;
      waiting.delete(id);
      return error === undefined ? asked.resolve(result) : asked.reject(new RpcError(error));
    },
    close(reason) {
      closed = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}
