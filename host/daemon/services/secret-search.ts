import { access, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { Worker } from 'node:worker_threads';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { pause } from '../../../system/pause.ts';
import type { KnownSecrets } from '../core/known-secrets.ts';

/** The search of pushes for secrets, on a socket for the forge. */
export interface SecretSearch {
  /** Resolves when it listens; without it every push waits, and is refused in the end. Rejects when it cannot. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SecretSearchDeps {
  /** The bundle of secret-search-thread.ts. */
  readonly script: string;
  readonly socket: string;
  /** Who may connect; null: our own user. */
  readonly uid: number | null;
  readonly secrets: Pick<KnownSecrets, 'watch'>;
  readonly onError: (error: unknown) => void;
  /** Told when the thread begins and when it is gone. */
  readonly onThread?: (state: 'begins' | 'is gone') => void;
  /** A thread that searched nothing for this long ends. Default: five minutes. */
  readonly idleMs?: number;
}

const RESTART_MS = 1_000;
const IDLE_MS = 5 * 60_000;
/** Sixty-four searches with a megabyte each, and the tables of 500 secrets. */
const MEMORY_MB = 256;

/**
 * Searches in a thread of hived's: it has the secrets in memory already, and the forge, which parses what agents push,
 * must not. The thread takes 12 MB, and a hive may go without a push for days: it begins with the first connection,
 * which is closed (the client connects again until somebody answers; see `searchForSecrets`), and ends when it is idle.
 *
 *   stopped ── start ──► waiting ── connection ──► thread, in our place at the socket
 *                           ▲                        │
 *                           └── idle, or an error ◄──┘
 */
export function createSecretSearch(deps: SecretSearchDeps): SecretSearch {
  const { script, socket, uid, secrets, onError, onThread = () => undefined, idleMs = IDLE_MS } = deps;
  const stopping = new AbortController();
  let thread: Worker | null = null;
  let door: Server | null = null;
  let work = Promise.resolve();
  let known: Parameters<Parameters<KnownSecrets['watch']>[0]>[0] = [];
  secrets.watch((all) => {
    known = all;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread?.postMessage(all);
  });

  /** Listens until a client comes. */
  async function wait(): Promise<void> {
    const opened = createServer((client) => {
      client.on('error', () => undefined).destroy();
      if (thread === null && !stopping.signal.aborted) work = run();
    });
    door = opened;
    await listenUnix(opened, socket, { mode: 0o600, uid });
  }

  /** Resolves when the thread is gone and somebody listens again. */
  async function run(): Promise<void> {
    onThread('begins');
    const failure = await runThread();
    door?.close();
    onThread('is gone');
    if (failure !== null && !stopping.signal.aborted) {
      onError(failure);
      await pause(RESTART_MS, stopping.signal);
    }
    while (!stopping.signal.aborted) {
      try {
        return await wait();
      } catch (error) {
        onError(error);
        await pause(RESTART_MS, stopping.signal);
      }
    }
  }

  /** Resolves at the thread's end, with what broke it. */
  function runThread(): Promise<unknown> {
    return new Promise((resolve) => {
      const started = new Worker(script, {
        workerData: { socket, uid, idleMs },
        env: {},
        resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
      });
      thread = started;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      started.postMessage(known);
      let failure: unknown = null;
      started.on('error', (error) => (failure = error));
      started.once('exit', (code) => {
        thread = null;
        resolve(failure ?? (code === 0 ? null : new Error('the search for secrets ended')));
      });
    });
  }

  return {
    async start() {
      await access(script);
      await wait();
    },
    async stop() {
      stopping.abort();
      await thread?.terminate();
      await work;
      door?.close();
      // A successor replaces the file only after we released the root.
      await rm(socket, { force: true });
    },
  };
}
