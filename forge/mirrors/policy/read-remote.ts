/** What a server outside has: branches and tags with their objects, and the branch that a clone checks out. */
export interface RemoteRefs {
  /** Full name → object id. */
  readonly refs: ReadonlyMap<string, string>;
  /** A branch's name; null when the server names none. */
  readonly defaultBranch: string | null;
  /** Branches and tags whose names the forge takes from nobody. */
  readonly leftOut: number;
}

const LINE = /^([0-9a-f]{40}|[0-9a-f]{64})\t(\S.*)$/;
const PLACE = /^refs\/(?:heads|tags)\/(?!-)/;
/** The replacement character stands for bytes that are not UTF-8. */
const NOT_UTF8 = '\ufffd';

/** Reads the output of `git ls-remote --symref`. Peeled tags, and refs that are neither branches nor tags, are dropped. */
export function readRemote(text: string): RemoteRefs {
  const refs = new Map<string, string>();
  let defaultBranch: string | null = null;
  let leftOut = 0;
  for (const line of text.split('\n')) {
    defaultBranch ??= /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1] ?? null;
    const [, oid = '', ref = ''] = LINE.exec(line) ?? [];
    if (!/^refs\/(?:heads|tags)\//.test(ref) || ref.endsWith('^{}')) continue;
    if (isNameTaken(ref)) refs.set(ref, oid);
    else leftOut += 1;
  }
  return {
    refs,
    defaultBranch: defaultBranch !== null && refs.has(`refs/heads/${defaultBranch}`) ? defaultBranch : null,
    leftOut,
  };
}

/** Whether the forge takes a branch or tag of that name: the rule of every push (git/hook.ts). */
export function isNameTaken(ref: string): boolean {
  return PLACE.test(ref) && !ref.includes(NOT_UTF8);
}
