import { join } from 'node:path';
import type { Limits } from '../limits.ts';

export type Service = 'git-upload-pack' | 'git-receive-pack';

/** Clients see only branches and tags, whatever other refs a repository has. */
const VISIBLE = ['refs/', '!refs/heads/', '!refs/tags/'];

/** A run of a check sees the one ref of its commit. */
const onlyRef = (ref: string) => ['refs/', `!${ref}`];

/**
 * The arguments for serving a client. Policy is set by `-c`, so that a repository's own config has no effect. `path`
 * is absolute and ours. With `advertise`, git prints its refs and exits; `only` is the one ref that the client may
 * see, or null for all branches and tags.
 */
export function serveArgv(
  service: Service,
  target: { path: string; advertise: boolean; only: string | null },
  policy: { limits: Limits; hooksDir: string },
): string[] {
  const { limits, hooksDir } = policy;
  const config =
    service === 'git-upload-pack'
      ? [
          'uploadpack.allowFilter=true',
          'uploadpack.allowAnySHA1InWant=false',
          'uploadpack.allowTipSHA1InWant=false',
          'uploadpack.allowReachableSHA1InWant=false',
          ...(target.only === null ? VISIBLE : onlyRef(target.only)).map((rule) => `uploadpack.hideRefs=${rule}`),
        ]
      : [
          'receive.fsckObjects=true',
          // Old, harmless and found in many public histories.
          'receive.fsck.zeroPaddedFilemode=warn',
          `receive.maxInputSize=${limits.maxPackBytes}`,
          // A pack stays a pack: one fsync per push, not one per object.
          'receive.unpackLimit=1',
          'receive.autogc=false',
          'receive.shallowUpdate=false',
          'receive.denyDeleteCurrent=refuse',
          'receive.advertisePushOptions=false',
          'core.fsync=committed',
          ...VISIBLE.map((rule) => `receive.hideRefs=${rule}`),
        ];
  return [
    ...flags([...config, `core.hooksPath=${hooksDir}`, ...BOUNDED]),
    service.slice('git-'.length),
    '--stateless-rpc',
    ...(target.advertise ? ['--advertise-refs'] : []),
    target.path,
  ];
}

/** Limits memory and threads of packing. */
const BOUNDED = ['pack.threads=2', 'pack.windowMemory=64m', 'core.bigFileThreshold=32m', 'gc.auto=0'];

export function initArgv(path: string, defaultBranch: string): string[] {
  return ['init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`, '--', path];
}

/**
 * Deletes all unreachable objects from the disk, in packs too, and joins the packs. Must not run while a push is
 * served: it would delete received objects that no ref leads to yet. Reflogs keep nothing.
 */
export function pruneArgv(path: string): string[] {
  const settings = ['gc.reflogExpire=now', 'gc.reflogExpireUnreachable=now', 'core.fsync=committed'];
  // --force: the gc.pid of a killed gc must not block; our own runs exclude each other by the rows of pushes.
  return [...flags([...BOUNDED, ...settings]), '-C', path, 'gc', '--quiet', '--prune=now', '--force'];
}

/** Lists every object reachable from branches and tags, one id per line. */
export function reachableArgv(path: string): string[] {
  return [`--git-dir=${path}`, 'rev-list', '--objects', '--no-object-names', '--branches', '--tags'];
}

/**
 * Lists the objects that a push brings into the history: reachable from its new refs (ids on stdin) and not from what
 * the branches and tags have, or from those ids on stdin that have a `^` before them. Each file and directory comes after the first commit that has it.
 */
export function newObjectsArgv(path: string, known: 'all refs' | 'stdin'): string[] {
  const list = [`--git-dir=${path}`, 'rev-list', '--objects', '--in-commit-order', '--reverse', '--stdin'];
  // What was published may have been pruned here.
  return known === 'all refs' ? [...list, '--not', '--all'] : [...list, '--ignore-missing'];
}

/**
 * Packs objects into stdout: those that lead from the ids on stdin, without what leads from those with a `^` before them.
 */
export function packArgv(path: string): string[] {
  const how = ['--revs', '--stdout', '--thin', '--delta-base-offset', '-q'];
  return [...flags(BOUNDED), `--git-dir=${path}`, 'pack-objects', ...how];
}

/** Prints the listed objects, each after a line `id type size path` and before a line break. */
export function readObjectsArgv(path: string): string[] {
  const format = '%(objectname) %(objecttype) %(objectsize) %(rest)';
  return [...flags(BOUNDED), `--git-dir=${path}`, 'cat-file', '--buffer', `--batch=${format}`];
}

/** Writes the files of a commit as one archive, below a directory of its own. `commit` is an object id. */
export function archiveArgv(path: string, of: { commit: string; format: ArchiveFormat; directory: string }): string[] {
  const { commit, format, directory } = of;
  // Whatever the host's configuration says, gzip is git's own.
  const own = flags(['tar.tar.gz.command=git archive gzip', ...BOUNDED]);
  return [...own, `--git-dir=${path}`, 'archive', `--format=${format}`, `--prefix=${directory}/`, commit];
}

export type ArchiveFormat = 'tar.gz' | 'zip';

/** Settings for comparing trees whose size their authors choose: renames are looked for among this many files. */
export const COMPARE = flags(['diff.renameLimit=400', 'merge.renameLimit=1000', ...BOUNDED]);

/** In the place of a commit: the ref is not there. */
export const NO_COMMIT = '0'.repeat(40);

/** Moves a ref from one commit to another, only if it still is at the first one; NO_COMMIT makes or deletes it. */
export function moveRefArgv(path: string, { ref, from, to }: { ref: string; from: string; to: string }): string[] {
  // The path is an argument of its own: settle-pushes.ts looks for it.
  return [...flags(['core.fsync=committed']), '--git-dir', path, 'update-ref', ref, to, from];
}

/** The environment in which git keeps new objects in `dir`, and finds those of the repository, too. */
export function objectsEnv(path: string, dir: string): Record<string, string> {
  // In quotes: a colon separates directories.
  return { GIT_OBJECT_DIRECTORY: dir, GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(join(path, 'objects')) };
}

/** Succeeds when `commit` is in the history of `tip`. Both are object ids. */
export function isAncestorArgv(path: string, { commit, tip }: { commit: string; tip: string }): string[] {
  return [`--git-dir=${path}`, 'merge-base', '--is-ancestor', commit, tip];
}

function flags(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting]);
}
