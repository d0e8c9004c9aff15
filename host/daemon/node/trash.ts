import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentName } from '../../../protocol/names.ts';
import { deleteTree } from './delete-tree.ts';
import { agentPlaces, type NodeDirs } from './agent-directories.ts';
import type { Users } from './users.ts';
import { pause } from '../../../system/pause.ts';

/** Interval of retries for files that could not be deleted. */
const RETRY_MS = 10 * 60_000;

/**
 * Directories of agents that are gone, waiting for deletion. Moving them here is one rename, which puts them out of
 * reach; deleting their content may take long or fail, which affects nothing else: it is retried until it is done.
 *
 *   <root>/agents/NAME, <run>/agents/NAME ──take──► <root>/trash/…, <run>/trash/… ──empty──► gone
 */
export interface Trash {
  /** The directory where files wait to be deleted. */
  readonly dir: string;
  /** Moves an agent's files and sockets into the trash; missing ones are skipped. */
  take(name: AgentName): Promise<void>;
  /** Deletes everything in the trash. One round at a time; never rejects. */
  empty(): Promise<void>;
  /** Empties it now and every ten minutes, until the signal fires. */
  keepEmpty(signal: AbortSignal): Promise<void>;
}

export function createTrash(deps: {
  dirs: Pick<NodeDirs, 'agents' | 'sockets' | 'trash' | 'socketTrash'>;
  users: Pick<Users, 'separate'>;
  onLeft: (error: unknown) => void;
}): Trash {
  const { dirs, users, onLeft } = deps;
  const bins = { files: dirs.trash, sockets: dirs.socketTrash };
  const stop = new AbortController();
  let round: Promise<void> = Promise.resolve();

  async function moveInto(bin: string, path: string): Promise<void> {
    await makePrivate(bin);
    await rename(path, join(bin, `${Date.now()}-${randomUUID()}`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  async function emptyBins(): Promise<void> {
    for (const bin of Object.values(bins))
      for (const grave of await readdir(bin).catch(() => []))
        await deleteTree(join(bin, grave), { separate: users.separate, signal: stop.signal }).catch(
          (error: unknown) => {
            if (!stop.signal.aborted) onLeft(error);
          },
        );
  }

  const trash: Trash = {
    dir: dirs.trash,
    async take(name) {
      const own = agentPlaces(dirs, name);
      await moveInto(bins.files, own.files);
      await moveInto(bins.sockets, own.sockets);
    },
    empty() {
      round = round.then(emptyBins);
      return round;
    },
    async keepEmpty(signal) {
      signal.addEventListener('abort', () => stop.abort(), { once: true });
      while (!signal.aborted) {
        await trash.empty();
        await pause(RETRY_MS, signal);
      }
      await round;
    },
  };
  return trash;
}

async function makePrivate(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
}
