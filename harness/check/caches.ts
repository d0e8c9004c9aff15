import { lstat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import * as z from 'zod';
import { CACHE_HEADER, CHECK_DIR, CHECK_HOME, HAND_OVER_PATHS } from '../../protocol/check-places.ts';
import { type CheckCache, checkCache } from '../../protocol/schemas/check.ts';
import { startProgram } from '../../system/process/start-program.ts';
import { parseJson } from '../../system/text/parse-json.ts';
import { putToForge } from './put-to-forge.ts';

/** The caches of a run in the box's environment. */
export const cachesVariable = z.string().transform((text) => z.array(checkCache).parse(parseJson(text)));

/** The directory that has the checkout and the home directory, the socket of the run, and where to find `tar`. */
export interface CachePlaces {
  readonly root: string;
  readonly socketPath: string;
  readonly PATH: string;
}

type Say = (line: string) => void;

/** Unpacks the caches of a run, as the box's own user. What cannot be had is left out: a cache is a help, no promise. */
export async function restoreCaches(
  caches: readonly CheckCache[],
  places: CachePlaces,
  { say, signal }: { say: Say; signal: AbortSignal },
): Promise<void> {
  for (const [at, { key }] of caches.entries()) {
    const trouble = await restore(at, places, signal).catch((error: unknown) => String(error));
    say(`[cache ${JSON.stringify(key)}: ${trouble}]`);
  }
}

function ask(
  method: 'GET' | 'HEAD',
  at: number,
  { socketPath, signal }: { socketPath: string; signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const path = `${HAND_OVER_PATHS.cache}/${at}`;
    const call = request({ socketPath, method, path, headers: { host: 'forge' }, agent: false, signal });
    call
      .once('response', (answer) => resolve(method === 'HEAD' ? answer.resume() : answer))
      .once('error', reject)
      .end();
  });
}

/** What became of it, in a word. */
async function restore(at: number, { root, socketPath, PATH }: CachePlaces, signal: AbortSignal): Promise<string> {
  const answer = await ask('GET', at, { socketPath, signal });
  if (answer.statusCode !== 200) {
    answer.resume();
    return answer.statusCode === 404 ? 'there is none yet' : `the forge answered ${answer.statusCode}`;
  }
  const tar = startTar(PATH, ['-xf', '-', '-C', root]);
  tar.stdout.resume();
  tar.stderr.resume();
  await pipeline(answer, createGunzip(), tar.stdin, { signal }).catch((error: unknown) => {
    tar.kill();
    throw error;
  });
  const { code } = await tar.ended;
  if (code !== 0) return 'it could not be unpacked';
  return answer.headers[CACHE_HEADER] === 'exact' ? 'restored' : 'restored from one like it';
}

/** Saves the caches of a run that are not there yet. Returns how many could not be saved. */
export async function saveCaches(
  caches: readonly CheckCache[],
  places: CachePlaces,
  { say, signal }: { say: Say; signal: AbortSignal },
): Promise<number> {
  let failed = 0;
  for (const [at, cache] of caches.entries()) {
    const trouble = await save(at, cache, { ...places, signal }).catch((error: unknown) => String(error));
    if (trouble === 'it is there') continue;
    if (trouble !== null) failed += 1;
    say(
      `[cache ${JSON.stringify(cache.key)}: ${trouble === null ? 'saved; it counts when this is merged' : `not saved, ${trouble}`}]`,
    );
  }
  return failed;
}

/** Why it was not saved; null: it was. */
async function save(
  at: number,
  { paths }: CheckCache,
  { root, socketPath, PATH, signal }: CachePlaces & { signal: AbortSignal },
): Promise<string | null> {
  const there: string[] = [];
  for (const path of paths.map(placeOf))
    if ((await lstat(join(root, path)).catch(() => null)) !== null) there.push(path);
  if (there.length === 0) return 'none of its paths is there';
  if ((await ask('HEAD', at, { socketPath, signal })).statusCode === 200) return 'it is there';
  const tar = startTar(PATH, ['-C', root, '-cf', '-', ...there]);
  tar.stdin.end();
  tar.stderr.resume();
  try {
    const to = { socketPath, path: `${HAND_OVER_PATHS.cache}/${at}`, bytes: null };
    const answer = await putToForge(
      to,
      async (call) => {
        await pipeline(tar.stdout, createGzip({ level: 1 }), call, { signal, end: false });
        // What is only a part is not saved.
        const { code } = await tar.ended;
        if (code === 0) call.end();
        else call.destroy(new Error('it could not be packed'));
      },
      signal,
    );
    if (answer.code === 'key_conflict') return 'it is there';
    return answer.status < 300 ? null : answer.message;
  } finally {
    tar.kill();
  }
}

function startTar(PATH: string, argv: readonly string[]) {
  return startProgram({ argv: ['tar', ...argv], env: { PATH, LC_ALL: 'C' } });
}

const WORK = CHECK_DIR.slice(CHECK_DIR.lastIndexOf('/') + 1);
const HOME = CHECK_HOME.slice(CHECK_HOME.lastIndexOf('/') + 1);

/** A declared path below the directory of both. */
function placeOf(path: string): string {
  return path.startsWith('~/') ? `${HOME}/${path.slice(2)}` : `${WORK}/${path}`;
}
