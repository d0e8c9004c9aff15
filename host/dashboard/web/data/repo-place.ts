/** What of a repository is shown. */
export const REPO_VIEWS = ['tree', 'file', 'blame', 'history', 'search'] as const;
export type RepoView = (typeof REPO_VIEWS)[number];

/** A place in a repository, as the address names it. */
export interface RepoPlace {
  readonly view: RepoView;
  /** A branch, a tag or a commit; empty: the default branch. */
  readonly ref: string;
  /** Empty: the root. */
  readonly path: string;
  readonly query: string;
  /** The line that a link means; null: none. */
  readonly line: number | null;
}

export function readRepoPlace(params: URLSearchParams): RepoPlace {
  const line = Number(params.get('line'));
  return {
    view: REPO_VIEWS.find((view) => view === params.get('view')) ?? 'tree',
    ref: params.get('ref') ?? '',
    path: params.get('path') ?? '',
    query: params.get('q') ?? '',
    line: Number.isSafeInteger(line) && line > 0 ? line : null,
  };
}

/** The address of a place, from `?` on. */
export function repoPlaceLink(place: Partial<RepoPlace>): string {
  const { view = 'tree', ref = '', path = '', query = '', line = null } = place;
  const all = { view: view === 'tree' ? '' : view, ref, path, q: query, line: line === null ? '' : String(line) };
  return `?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== '')).toString()}`;
}

/** The directories above a path, from the root, and its own name. */
export function stepsOf(path: string): { name: string; path: string }[] {
  const parts = path === '' ? [] : path.split('/');
  return parts.map((name, at) => ({ name, path: parts.slice(0, at + 1).join('/') }));
}
