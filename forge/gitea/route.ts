import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import { FORGE_PAGES, FORGE_PREFIX } from '../../protocol/forge-door.ts';
import type { RepoAction, RepoCaller } from '../../protocol/access/repo-access.ts';
import type { TokenScope } from '../../protocol/access/token-scopes.ts';
import { type RepoName, type RepoOwner, repoName, repoOwner } from '../../protocol/names.ts';
import type { Backend } from '../backend/backend.ts';
import type { RepoPath } from '../backend/open-repository.ts';
import type { Answer } from './answer.ts';

/**
 * What a route needs besides its scope: an action on the repository `:owner/:repo`, which is checked before its handler
 * runs; `caller`: somebody who is known (the backend judges each repository); `anybody`.
 */
export type Right = Exclude<RepoAction, 'create'> | 'caller' | 'anybody';

/** How a client addresses us, for links in answers: no slash at the end. */
export type BaseUrl = string;

/** The same for people: where the dashboard shows it. On a socket there is no page, only the same address. */
export function pagesOf(base: BaseUrl): string {
  return base.endsWith(FORGE_PREFIX) ? `${base.slice(0, -FORGE_PREFIX.length)}${FORGE_PAGES}` : base;
}

/** A request whose caller is known. */
export interface Given {
  readonly backend: Backend;
  readonly caller: RepoCaller;
  readonly base: BaseUrl;
  /** The path and query as they arrived. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

/** A request whose input was parsed. */
export interface Call<Query, Body> extends Omit<Given, 'query' | 'body'> {
  readonly query: Query;
  readonly body: Body;
  /** A page of a list: how many to skip, and how many to show. */
  readonly page: { readonly skip: number; readonly limit: number; readonly number: number };
}

/** The same, of a route below `/repos/:owner/:repo`. */
export interface RepoCall<Query, Body> extends Call<Query, Body> {
  readonly repo: RepoPath;
}

/** One row of the table of routes. There is no other way to serve a path of the API. */
export interface GiteaRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: `/${string}`;
  /** The scope that a token needs; null: none. */
  readonly scope: TokenScope | null;
  readonly right: Right;
  /** Units of an agent's allowance, as `Op.cost`. */
  readonly cost: number;
  readonly summary: string;
  /** Limit of the body in bytes, where it is not the usual one. */
  readonly bodyLimit?: number;
  /** The repository that the path names; null for a path without one. Throws `unknown_repo`. */
  readonly repoOf: (params: Given['params']) => RepoPath | null;
  /** Parses the input and calls the handler. Throws `invalid_input`. */
  readonly run: (given: Given) => Promise<Answer>;
}

interface Row<Q extends z.ZodType, B extends z.ZodType> extends Omit<GiteaRoute, 'run' | 'repoOf'> {
  readonly query?: Q;
  readonly body?: B;
}

type Handler<C> = (call: C) => Promise<Answer> | Answer;

/** Declares a route that is not about one repository. */
export function route<Q extends z.ZodType = z.ZodObject, B extends z.ZodType = z.ZodObject>(
  row: Row<Q, B> & { readonly right: 'caller' | 'anybody'; readonly handle: Handler<Call<z.output<Q>, z.output<B>>> },
): GiteaRoute {
  const { handle, ...rest } = row;
  return { ...rest, repoOf: () => null, run: async (given) => handle(parse(row, given)) };
}

/** Declares a route below `/repos/:owner/:repo`. */
export function repoRoute<Q extends z.ZodType = z.ZodObject, B extends z.ZodType = z.ZodObject>(
  row: Omit<Row<Q, B>, 'path'> & {
    readonly path: '' | `/${string}`;
    readonly right: Exclude<Right, 'caller' | 'anybody'>;
    readonly handle: Handler<RepoCall<z.output<Q>, z.output<B>>>;
  },
): GiteaRoute {
  const { handle, path, ...rest } = row;
  return {
    ...rest,
    path: `/repos/:owner/:repo${path}`,
    repoOf,
    run: async (given) => handle({ ...parse(row, given), repo: repoOf(given.params) }),
  };
}

function repoOf({ owner, repo }: Given['params']): RepoPath {
  return readRepoPath(owner, repo);
}

/** Throws `unknown_repo` for what is no name, too: nothing of that name exists. */
export function readRepoPath(
  owner: string | undefined,
  repo: string | undefined,
): { owner: RepoOwner; name: RepoName } {
  const [who, what] = [repoOwner.safeParse(owner), repoName.safeParse(repo)];
  if (!who.success || !what.success) throw new HiveError('unknown_repo');
  return { owner: who.data, name: what.data };
}

const DEFAULT_LIMIT = 30;
/** Entries of one page. */
const MOST_PER_PAGE = 50;
const paging = z.object({
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
  limit: z.coerce.number().int().min(1).catch(DEFAULT_LIMIT),
});

/** The number and the size of the page that a query asks for; Gitea's clients rely on defaults for anything odd. */
export function readPage(query: unknown): { number: number; limit: number } {
  const { page, limit } = paging.parse(query ?? {});
  return { number: page, limit: Math.min(limit, MOST_PER_PAGE) };
}

function parse<Q extends z.ZodType, B extends z.ZodType>(
  { query, body }: { query?: Q; body?: B },
  given: Given,
): Call<z.output<Q>, z.output<B>> {
  const { number, limit } = readPage(given.query);
  return {
    ...given,
    query: check(query, given.query),
    body: check(body, given.body ?? {}),
    page: { skip: (number - 1) * limit, limit, number },
  };
}

function check<S extends z.ZodType>(schema: S | undefined, value: unknown): z.output<S> {
  const parsed = (schema ?? z.object({})).safeParse(value);
  if (parsed.success) return parsed.data as z.output<S>;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new HiveError('invalid_input', `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not understood'}.`);
}

/** A field of Gitea's that the forge does not have: a request that relies on it is refused, not carried out without it. */
export function unsupported(what: string) {
  const isEmpty = (value: unknown) =>
    value === undefined ||
    value === null ||
    value === '' ||
    value === false ||
    (Array.isArray(value) && value.length === 0);
  return z
    .unknown()
    .refine(isEmpty, { error: `this forge has no ${what}: leave the field out` })
    .optional();
}

/** The number of a pull request in a path. Throws `unknown_pull`. */
export function readNumber({ index }: Given['params']): number {
  const number = /^[1-9]\d{0,8}$/.test(index ?? '') ? Number(index) : null;
  if (number === null) throw new HiveError('unknown_pull');
  return number;
}

/** A file's path that a request writes to. Throws `invalid_input` for the top directory. */
export function requireFilePath(path: string): string {
  const file = readFilePath({ '*': path });
  if (file === '') throw new HiveError('invalid_input', 'Name a file.');
  return file;
}

/** The path of a file at the end of a route's path: no empty, `.` or `..` parts. '' is the top directory. */
export function readFilePath(params: Given['params']): string {
  const path = (params['*'] ?? '').replace(/^\/+|\/+$/g, '');
  if (path === '') return '';
  if (path.length > 4096 || path.includes('\0') || path.split('/').some((part) => ['', '.', '..'].includes(part)))
    throw new HiveError('not_found', 'There is no file or directory of that path.');
  return path;
}
