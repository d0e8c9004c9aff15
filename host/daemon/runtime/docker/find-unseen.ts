import { stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { callEngine } from './engine-call.ts';
import { parseLogs } from './parse-logs.ts';

const QUICK_MS = 10_000;
const RUN_MS = 60_000;

/** A directory that a box would not see as hived does, and why. */
export interface UnseenDirectory {
  readonly path: string;
  readonly why: string;
}

/**
 * Mounts directories into a container of its own, without network, and compares what it sees there with the directories
 * here: an engine on another machine or in another mount namespace shows other directories, or none, under the same
 * paths. The container is removed in any case. Throws the engine's other refusals.
 */
export async function findUnseen(
  docker: Docker,
  ask: { image: string; dirs: readonly string[] },
): Promise<UnseenDirectory[]> {
  const targets = ask.dirs.map((_, index) => `/seen/${index}`);
  const made = await callEngine({ timeoutMs: RUN_MS }, (abortSignal) =>
    docker.createContainer({
      name: `hive-check-${randomUUID().slice(0, 8)}`,
      Image: ask.image,
      Entrypoint: ['stat', '--format=%i', ...targets],
      Cmd: [],
      User: '65534:65534',
      NetworkDisabled: true,
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        Mounts: ask.dirs.map((source, index) => ({
          Type: 'bind',
          Source: source,
          Target: targets[index] ?? '',
          ReadOnly: true,
        })),
      },
      abortSignal,
    }),
  ).catch((error: unknown) => missingSource(error, ask.dirs));
  if (Array.isArray(made)) return made;
  const container = docker.getContainer(made.id);
  try {
    await callEngine({ timeoutMs: RUN_MS }, (abortSignal) => container.start({ abortSignal }));
    await callEngine({ timeoutMs: RUN_MS }, (abortSignal) => container.wait({ abortSignal }));
    const raw = await callEngine({ timeoutMs: QUICK_MS }, (abortSignal) =>
      container.logs({ stdout: true, stderr: false, timestamps: true, follow: false, abortSignal }),
    );
    const here = await Promise.all(ask.dirs.map(async (path) => String((await stat(path)).ino)));
    return compareSeen({ dirs: ask.dirs, here, there: parseLogs(raw).map(({ text }) => text.trim()) });
  } finally {
    await callEngine({ timeoutMs: RUN_MS, fine: [404] }, (abortSignal) =>
      container.remove({ force: true, v: true, abortSignal }),
    );
  }
}

/** An engine that does not find a path reports it when the container is created. */
function missingSource(error: unknown, dirs: readonly string[]): UnseenDirectory[] {
  const text = error instanceof Error ? error.message : '';
  const missing = dirs.filter((path) => text.includes(path));
  if (missing.length === 0) throw error;
  return missing.map((path) => ({ path, why: 'the engine does not find it' }));
}

/** The directories that are others there than here, by inode number. */
export function compareSeen(seen: {
  dirs: readonly string[];
  here: readonly string[];
  there: readonly string[];
}): UnseenDirectory[] {
  return seen.dirs.flatMap((path, index) => {
    if (seen.there[index] === seen.here[index]) return [];
    return [
      { path, why: seen.there[index] === undefined ? 'a box cannot read it' : 'a box sees another directory there' },
    ];
  });
}
