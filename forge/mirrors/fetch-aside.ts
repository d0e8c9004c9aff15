import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRefs } from '../git/look.ts';
import { initArgv } from '../git/policy.ts';
import { runOutsideGit } from '../outside/run-git.ts';
import { asideIn, DEFAULT_BRANCH } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { isNameTaken } from './policy/read-remote.ts';

/** What was fetched, in a directory that nobody is served from. */
export interface Fetched {
  readonly path: string;
  /** Its branches and tags, without those whose names the forge does not take. */
  readonly refs: ReadonlyMap<string, string>;
}

/**
 * Fetches the branches and tags of a server outside into a new bare directory, which the caller removes. Objects that
 * `known` has (a repository's directory) are not fetched again. Nothing here has been checked: it enters a repository
 * by the path of every push (bring-in.ts). Throws OutsideError, and the signal's reason.
 */
export async function fetchAside(
  core: ForgeCore,
  from: { url: string; known: string | null; maxBytes: number; hear?: (step: string, percent: number) => void },
  signal: AbortSignal,
): Promise<Fetched> {
  const path = asideIn(core);
  try {
    return await fetchInto(core, { ...from, path }, signal);
  } catch (error) {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

async function fetchInto(
  core: ForgeCore,
  from: Parameters<typeof fetchAside>[1] & { path: string },
  signal: AbortSignal,
): Promise<Fetched> {
  const { path } = from;
  await core.git.run(initArgv(path, DEFAULT_BRANCH));
  if (from.known !== null) await writeFile(join(path, 'objects/info/alternates'), `${join(from.known, 'objects')}\n`);
  const argv = [
    `--git-dir=${path}`,
    'fetch',
    '--progress',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--',
    from.url,
    '+refs/heads/*:refs/heads/*',
    '+refs/tags/*:refs/tags/*',
  ];
  const { url, maxBytes, hear } = from;
  await runOutsideGit(core, {
    argv,
    url,
    followsRedirects: true,
    maxBytes,
    limitMs: core.limits.totalMs,
    ...(hear === undefined ? {} : { hear }),
    signal,
  });
  const refs = await readRefs(core.git, path);
  return { path, refs: new Map([...refs].filter(([ref]) => isNameTaken(ref))) };
}
