import type { Serving } from '../backend/fetch.ts';

/** What a handler answers. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown }
  /** A page of a list of `total` entries. */
  | List
  | { readonly kind: 'empty'; readonly status: number }
  /** An archive of a repository's files, as git writes it. */
  | { readonly kind: 'stream'; readonly serving: Serving; readonly type: string; readonly name: string }
  /** Text or bytes of a repository: sent so that no browser runs them. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly name: string | null };

interface List {
  readonly kind: 'list';
  readonly items: readonly unknown[];
  readonly total: number;
  /** Puts the entries into an object, where clients look for one. */
  readonly wrap?: (items: readonly unknown[]) => unknown;
}

export const json = (value: unknown, status = 200): Answer => ({ kind: 'json', status, value });
export const list = (items: readonly unknown[], total: number): List => ({ kind: 'list', items, total });
export const empty = (status = 204): Answer => ({ kind: 'empty', status });
export const text = (content: string): Answer => ({ kind: 'bytes', bytes: Buffer.from(content), name: null });
export const file = (bytes: Buffer, name: string): Answer => ({ kind: 'bytes', bytes, name });

/** The page of a list that is in memory. */
export function listPage(all: readonly unknown[], { skip, limit }: { skip: number; limit: number }): Answer {
  return list(all.slice(skip, skip + limit), all.length);
}
