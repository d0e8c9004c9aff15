import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { AGENT_SOCKET, BOX_PATHS, boxSocketDir } from '../../protocol/box-paths.ts';
import { CHECK_DIR, CHECK_HOME, NO_FILES_EXIT_CODE } from '../../protocol/check-places.ts';
import { runProgram } from '../../system/process/run-program.ts';
import { openRelay } from '../relay/relay.ts';
import { cachesVariable, restoreCaches } from './caches.ts';

/** What hived tells the box of a check about its files. */
export const checkOutEnvironment = z.object({
  PATH: z.string(),
  HIVE_CHECK_REPO: z.string().regex(/^[^/]+\/[^/]+$/),
  HIVE_CHECK_REF: z.string().startsWith('refs/'),
  HIVE_CHECK_COMMIT: z.string().regex(/^[0-9a-f]{40}$/),
  HIVE_CHECK_CACHES: cachesVariable,
});

/** The forge may restart meanwhile. */
const TRIES = 30;
const PAUSE_MS = 1_000;
const FETCH_MS = 10 * 60_000;
/** For all caches together. */
const RESTORE_MS = 5 * 60_000;

/**
 * In the box of a check: fetches its commit from the forge over the one socket of this run, as the box's own user, checks
 * it out and unpacks its caches. Nothing of the repository is run by that. Returns the exit code.
 */
export async function checkOut(
  given: z.infer<typeof checkOutEnvironment>,
  say: (line: string) => void,
): Promise<number> {
  const {
    HIVE_CHECK_REPO: repo,
    HIVE_CHECK_REF: ref,
    HIVE_CHECK_COMMIT: commit,
    HIVE_CHECK_CACHES: caches,
    PATH,
  } = given;
  for (const dir of [CHECK_DIR, CHECK_HOME]) await mkdir(dir, { recursive: true });
  const env = { PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  const git = async (...argv: string[]) => {
    const plain = ['-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false', '-c', 'gc.auto=0'];
    const { code, stderr, stdout } = await runProgram(
      { argv: ['git', ...plain, '-C', CHECK_DIR, ...argv], env },
      { limitMs: FETCH_MS },
    );
    return { isDone: code === 0, said: `${stdout}${stderr}`.trim() };
  };
  const socketPath = `${boxSocketDir('forge', BOX_PATHS.run)}/${AGENT_SOCKET}`;
  const relay = await openRelay(socketPath, 0);
  try {
    const url = `http://127.0.0.1:${relay.port}/${repo}.git`;
    let step = await git('init', '--quiet', '--initial-branch=main');
    if (step.isDone) {
      for (let tries = 1; ; tries += 1) {
        step = await git('fetch', '--quiet', '--depth=1', '--no-tags', url, ref);
        if (step.isDone || tries === TRIES) break;
        await wait(PAUSE_MS);
      }
    }
    if (step.isDone) step = await git('checkout', '--quiet', '--detach', commit);
    if (step.isDone) {
      const signal = AbortSignal.timeout(RESTORE_MS);
      await restoreCaches(caches, { root: dirname(CHECK_DIR), socketPath, PATH }, { say, signal });
      return 0;
    }
    say(`the files of ${commit} could not be fetched: ${step.said}`);
    return NO_FILES_EXIT_CODE;
  } finally {
    await relay.close();
  }
}
