import { type Git, gitFailed } from './process.ts';

const MODEST = ['pack.threads=1', 'pack.windowMemory=32m', 'core.bigFileThreshold=32m', 'gc.auto=0'];

/** Writes all refs with all their objects to stdout, the hidden ones too. Fails when there are none. */
export function bundleArgv(path: string): string[] {
  return [...flags(MODEST), `--git-dir=${path}`, 'bundle', 'create', '--quiet', '-', '--all'];
}

/** Whether a repository has a ref of any kind. */
export async function hasRefs(git: Git, path: string): Promise<boolean> {
  return (await git.run([`--git-dir=${path}`, 'for-each-ref', '--count=1', '--format=%(refname)'])) !== '';
}

/** Branches and tags alone, or the hidden refs as well. */
export const VISIBLE_REFS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
export const ALL_REFS = ['+refs/*:refs/*'];

const CHECKED = ['fetch.fsckObjects=true', 'fetch.fsck.zeroPaddedFilemode=warn', 'fetch.unpackLimit=1'];

export interface UnpackWork {
  /** A bundle, or the directory of another repository. */
  readonly from: string;
  readonly refs: readonly string[];
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Brings refs and all that they lead to into a repository; every object is checked, and nothing moves unless all of it is
 * whole. Resolves with git's word when it is not. Throws `service_unavailable` when it takes too long.
 */
export async function bringRefs(git: Git, path: string, work: UnpackWork): Promise<string | null> {
  const { from, refs, limitMs, signal } = work;
  const config = flags([...MODEST, ...CHECKED, 'core.fsync=committed', 'maintenance.auto=false']);
  const argv = [...config, `--git-dir=${path}`, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head'];
  const answer = await git.ask([...argv, '--end-of-options', from, ...refs], { limitMs, signal });
  if (answer.code === 0) return null;
  signal.throwIfAborted();
  if (answer.code === null) throw gitFailed(answer.code, answer.stderr);
  return answer.stderr.trim();
}

/** All refs that name an object which is there: full name → object id. */
export async function readAllRefs(git: Git, path: string): Promise<Map<string, string>> {
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(objectname) %(refname)']);
  return new Map([...text.matchAll(/^([0-9a-f]+) (.+)$/gm)].map(([, oid, ref]) => [ref!, oid!]));
}

function flags(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting]);
}
