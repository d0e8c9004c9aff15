import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';

/** Streamable HTTP without sessions or streams: each POST carries one message, each answer is plain JSON. */
export interface PostTransport extends Transport {
  /** Delivers one message to the server. Resolves with the response, or null for notifications. */
  deliver(message: JSONRPCMessage): Promise<JSONRPCMessage | null>;
}

/**
 * One server for all requests. Ids of different callers may collide, so each request gets an internal number while it
 * is processed. The SDK's own Node transport is not used: it includes a web-standard HTTP layer that costs 8 MB in
 * every box.
 */
export function createPostTransport(): PostTransport {
  const inside = new Map<number, { id: JSONRPCRequest['id']; resolve: (answer: JSONRPCMessage | null) => void }>();
  let lastId = 0;
  const transport: PostTransport = {
    start: async () => undefined,
    close: async () => {
      for (const { resolve } of inside.values()) resolve(null);
      inside.clear();
    },
    send: async (message) => {
      if ('method' in message || message.id === undefined) return;
      const waiter = inside.get(message.id as number);
      inside.delete(message.id as number);
      waiter?.resolve({ ...message, id: waiter.id });
    },
    deliver: (message) => {
      if (!('method' in message) || !('id' in message)) {
        // A cancellation names a caller's id, which is unknown internally; calls are short.
        if ('method' in message && message.method !== 'notifications/cancelled') transport.onmessage?.(message);
        return Promise.resolve(null);
      }
      lastId += 1;
      const id = lastId;
      return new Promise((resolve) => {
        inside.set(id, { id: message.id, resolve });
        transport.onmessage?.({ ...message, id });
      });
    },
  };
  return transport;
}
