import type { Limits } from '../limits.ts';

export type Service = 'git-upload-pack' | 'git-receive-pack';

/** Only branches and tags exist for clients, whatever else lies in a repository. */
const VISIBLE = ['refs/', '!refs/heads/', '!refs/tags/'];

/**
 * The arguments that serve a client. Policy comes by `-c`, so a repository's own config has no say.
 * `path` is absolute and ours. With `advertise`, git prints its refs and ends.
 */
export function serveArgv(
  service: Service,
  target: { path: string; advertise: boolean },
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
          ...VISIBLE.map((rule) => `uploadpack.hideRefs=${rule}`),
        ]
      : [
          'receive.fsckObjects=true',
          // Old, harmless and found in many public histories.
          'receive.fsck.zeroPaddedFilemode=warn',
          `receive.maxInputSize=${limits.maxPackBytes}`,
          // A pack stays a pack: one fsync for a push, not one for each object.
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

/** Memory and threads that packing may take. */
const BOUNDED = ['pack.threads=2', 'pack.windowMemory=64m', 'core.bigFileThreshold=32m', 'gc.auto=0'];

export function initArgv(path: string, defaultBranch: string): string[] {
  return ['init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`, '--', path];
}

/** Joins packs so that each is at least twice as large as the next; drops no object, reachable or not. */
export function repackArgv(path: string): string[] {
  return [...flags([...BOUNDED, 'core.fsync=committed']), '-C', path, 'repack', '--geometric=2', '-d', '-q'];
}

/**
 * Removes every object from the disk that no ref leads to, of packs too, and joins the packs. Not to be run while
 * a push is served: what it has brought and no ref leads to yet would go. Reflogs keep nothing.
 */
export function pruneArgv(path: string): string[] {
  const settings = ['gc.reflogExpire=now', 'gc.reflogExpireUnreachable=now', 'core.fsync=committed'];
  // --force: a gc.pid of a gc that was killed says nothing; ours are kept apart by the rows of pushes.
  return [...flags([...BOUNDED, ...settings]), '-C', path, 'gc', '--quiet', '--prune=now', '--force'];
}

/** Lists every object that branches and tags lead to, one id a line. */
export function reachableArgv(path: string): string[] {
  return [`--git-dir=${path}`, 'rev-list', '--objects', '--no-object-names', '--branches', '--tags'];
}

function flags(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting]);
}
