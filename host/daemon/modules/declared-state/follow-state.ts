import { HiveError } from '../../../../protocol/errors.ts';
import { forgeSurface } from '../../../../protocol/operations/services.ts';
import { createWakeups, pause } from '../../../../system/pause.ts';
import { connectSurface } from '../../../../wire/client.ts';
import type { DeclaredFile } from './compose-files.ts';

export interface DeclaredStateDeps {
  /** Whether it is kept in the forge (`forge.keep_config`). */
  readonly isOn: boolean;
  /** The files as they are to be now. */
  readonly files: () => readonly DeclaredFile[];
  /** The path of the forge's socket for hived. */
  readonly socket: string;
}

/** A change of what is declared, in a sentence. */
export interface DeclaredChange {
  readonly sentence: string;
  readonly by: string;
}

/** Pause before the forge is asked again when it did not answer. */
const AGAIN_MS = 2_000;
/** Least time between two commits: making the files takes hived's thread, the more the more agents there are. */
const GAP_MS = 500;
/** Sentences of one commit; of more changes the first are named. */
const MOST_SENTENCES = 50;

/**
 * Keeps hive/config as the declared state is: a commit for each change; changes that come while one is written, or while
 * the forge is away, are one commit. At the start it catches up.
 */
export function createStateFollower(deps: DeclaredStateDeps) {
  const wakeups = createWakeups();
  let pending: DeclaredChange[] = [];
  let asked = 1;
  return {
    changed(change: DeclaredChange) {
      if (!deps.isOn) return;
      if (pending.length < MOST_SENTENCES) pending.push(change);
      asked += 1;
      wakeups.wake();
    },
    async run(signal: AbortSignal, onError: (error: unknown) => void): Promise<void> {
      if (!deps.isOn) return;
      const forge = connectSurface(forgeSurface, deps.socket, { connections: 1 });
      let done = 0;
      try {
        while (!signal.aborted) {
          const [wanted, changes] = [asked, pending];
          pending = [];
          try {
            await forge.call('writeDeclared', { files: [...deps.files()], ...sayChanges(changes) }, { signal });
            done = wanted;
            await pause(GAP_MS, signal);
          } catch (error) {
            if (signal.aborted) return;
            pending = [...changes, ...pending].slice(0, MOST_SENTENCES);
            // A forge that is away is asked again; its supervisor logs why. Anything else waits for the next change.
            if (error instanceof HiveError && AWAY.includes(error.code)) await pause(AGAIN_MS, signal);
            else {
              onError(error);
              done = wanted;
            }
          }
          if (done === asked) await wakeups.wait(Infinity, signal);
        }
      } finally {
        await forge.close();
      }
    },
  };
}

const AWAY: readonly string[] = ['hive_unreachable', 'service_unavailable', 'storage_unavailable', 'interrupted'];

/** The message and the author of a commit. Several authors: the hive. */
export function sayChanges(changes: readonly DeclaredChange[]): { message: string; author: string } {
  const [first] = changes;
  if (first === undefined) return { message: 'The declared state as it is now', author: 'hive' };
  const isOnes = changes.every(({ by }) => by === first.by);
  const rest = changes.slice(1).map(({ sentence }) => sentence);
  return {
    message: [first.sentence, ...(rest.length === 0 ? [] : ['', ...rest])].join('\n').slice(0, 20_000),
    author: isOnes ? first.by : 'hive',
  };
}
