import type { Op } from '../protocol/op.ts';

/** Places an operation's input in an HTTP request: path parameters, then query (GET) or JSON body. */
export function encodeCall(
  op: Pick<Op, 'method'> & { readonly path: string },
  input: Record<string, unknown>,
): { method: Op['method']; path: string; body: string | null } {
  const rest = { ...input };
  let path = op.path.replaceAll(/:([a-zA-Z]+)/g, (_, key: string) => {
    const value = rest[key];
    delete rest[key];
    return encodeURIComponent(String(value));
  });
  if (op.method !== 'GET') return { method: op.method, path, body: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(rest))
    if (value !== undefined) query.set(key, `${value as string | number | boolean}`);
  if (query.size > 0) path += `?${query.toString()}`;
  return { method: op.method, path, body: null };
}
