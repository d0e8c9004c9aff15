import { pipeline } from 'node:stream/promises';
import { newObjectsArgv, objectsEnv, readObjectsArgv } from '../git/policy.ts';
import { type Git, gitFailed, type GitProcess } from '../git/process.ts';

/** A push that git has received and not accepted yet. */
export interface ReceivedPush {
  /** The repository's directory. */
  readonly path: string;
  /** The directory with the push's objects; null when it brought none. */
  readonly quarantine: string | null;
  /** The refs that get a new object. */
  readonly refs: readonly { readonly ref: string; readonly oid: string }[];
  /** What is not new besides; absent: what the branches and tags lead to. */
  readonly known?: readonly string[];
}

/** The environment in which git finds the push's objects, too. */
export function quarantineEnv({ path, quarantine }: ReceivedPush): Record<string, string> {
  return quarantine === null ? {} : objectsEnv(path, quarantine);
}

/**
 * The bytes of every object that the push brings into the history, in the format of readObjectsArgv: files, directories,
 * commits and tags. The same bytes at each call while no ref changes. Throws `internal` when git fails, and the
 * signal's reason. Memory stays within git's limits, whatever the size of the push.
 */
export async function* readNewObjects(git: Git, push: ReceivedPush, signal: AbortSignal): AsyncGenerator<Buffer> {
  if (push.refs.length === 0) return;
  const running: GitProcess[] = [];
  const stop = () => {
    for (const one of running) one.kill();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const list = await git.start(
      newObjectsArgv(push.path, push.known === undefined ? 'all refs' : 'stdin'),
      quarantineEnv(push),
    );
    running.push(list);
    const read = await git.start(readObjectsArgv(push.path), quarantineEnv(push));
    running.push(read);
    signal.throwIfAborted();
    const known = push.known ?? [];
    list.stdin.end(
      [...push.refs.map(({ oid }) => oid), ...known.map((oid) => `^${oid}`)].map((line) => `${line}\n`).join(''),
    );
    // A broken pipe is the end of a git, which its code reports.
    const feeding = pipeline(list.stdout, read.stdin).catch(() => undefined);
    for await (const chunk of read.stdout) yield chunk as Buffer;
    await feeding;
    for (const { code, stderr } of await Promise.all([list.ended, read.ended]))
      if (code !== 0) {
        signal.throwIfAborted();
        throw gitFailed(code, stderr);
      }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await Promise.all(running.map((one) => one.ended));
  }
}
