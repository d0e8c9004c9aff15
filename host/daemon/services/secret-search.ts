import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { pause } from '../../../system/pause.ts';
import type { KnownSecrets } from '../core/known-secrets.ts';

/** The search of pushes for secrets, on a socket for the forge. */
export interface SecretSearch {
  /** Resolves when it listens; without it every push waits, and is refused in the end. Rejects when it cannot. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const RESTART_MS = 1_000;
/** Sixty-four searches with a megabyte each, and the tables of 500 secrets. */
const MEMORY_MB = 256;

/**
 * Searches in a thread of hived's: it has the secrets in memory already, and the forge, which parses what agents push,
 * must not. A thread that ends is reported to `onError` and started again.
 */
export function createSecretSearch(deps: {
  /** The bundle of secret-search-thread.ts. */
  script: string;
  socket: string;
  /** Who may connect; null: our own user. */
  uid: number | null;
  secrets: Pick<KnownSecrets, 'watch'>;
  onError: (error: unknown) => void;
}): SecretSearch {
  const { script, socket, uid, secrets, onError } = deps;
  const stopping = new AbortController();
  let thread: Worker | null = null;
  let known: Parameters<Parameters<KnownSecrets['watch']>[0]>[0] = [];
  secrets.watch((all) => {
    known = all;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread?.postMessage(all);
  });

  /** Resolves when the thread listens, rejects when it ends before. Its end is followed by the next one. */
  function run(): Promise<void> {
    const started = new Worker(script, {
      workerData: { socket, uid },
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    thread = started;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    started.postMessage(known);
    let failure: unknown = new Error('the search for secrets ended');
    started.on('error', (error) => (failure = error));
    return new Promise((resolve, reject) => {
      let isListening = false;
      started.once('message', () => {
        isListening = true;
        resolve();
      });
      started.once('exit', () => {
        thread = null;
        reject(failure);
        if (stopping.signal.aborted) return;
        if (isListening) onError(failure);
        if (isListening) void again();
      });
    });
  }

  async function again(): Promise<void> {
    await pause(RESTART_MS, stopping.signal);
    if (stopping.signal.aborted) return;
    await run().catch((error: unknown) => {
      onError(error);
      void again();
    });
  }

  return {
    start: run,
    async stop() {
      stopping.abort();
      if (thread === null) return;
      await thread.terminate();
      // A successor replaces the file only after we released the root.
      await rm(socket, { force: true });
    },
  };
}
