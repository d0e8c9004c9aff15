import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { AGENT_SOCKET, BOX_PATHS, boxSocketDir } from '../../protocol/box-paths.ts';
import {
  CHECK_DIR,
  HAND_OVER_PATHS,
  MOST_ARTIFACT_BYTES,
  MOST_ARTIFACTS,
  MOST_REPORT_BYTES,
  MOST_REPORTS,
} from '../../protocol/check-places.ts';
import { parseJson } from '../../system/text/parse-json.ts';
import { cachesVariable, saveCaches } from './caches.ts';
import { findFiles } from './find-files.ts';
import { type Answered, putToForge } from './put-to-forge.ts';

const patterns = z.string().transform((text) => z.array(z.string()).parse(parseJson(text)));

/** What hived tells the box of a check about the files that it hands over. */
export const handOverEnvironment = z.object({
  PATH: z.string(),
  HIVE_CHECK_ARTIFACTS: patterns,
  HIVE_CHECK_REPORTS: patterns,
  HIVE_CHECK_CACHES: cachesVariable,
});

/** For all files together: the check's own time goes on meanwhile. */
const LIMIT_MS = 120_000;
/** The forge may restart meanwhile. */
const TRIES = 120;
const PAUSE_MS = 250;

/** Where the files are, and the socket of the run. */
export interface HandOverPlaces {
  readonly dir: string;
  readonly socketPath: string;
}

const BOX: HandOverPlaces = {
  dir: CHECK_DIR,
  socketPath: `${boxSocketDir('forge', BOX_PATHS.run)}/${AGENT_SOCKET}`,
};

/**
 * In the box of a check, after its commands: hands the files that the check declares over to the forge, with one line
 * for each. Returns the exit code, which decides nothing: the verdict is that of the commands.
 */
export async function handOver(
  {
    HIVE_CHECK_ARTIFACTS: artifacts,
    HIVE_CHECK_REPORTS: reports,
    HIVE_CHECK_CACHES: caches,
    PATH,
  }: z.infer<typeof handOverEnvironment>,
  say: (line: string) => void,
  { dir, socketPath }: HandOverPlaces = BOX,
): Promise<number> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  let failed = 0;
  for (const { what, wanted, most, mostBytes, pathOf } of [
    {
      what: 'report',
      wanted: reports,
      most: MOST_REPORTS,
      mostBytes: MOST_REPORT_BYTES,
      pathOf: () => HAND_OVER_PATHS.report,
    },
    {
      what: 'artifact',
      wanted: artifacts,
      most: MOST_ARTIFACTS,
      mostBytes: MOST_ARTIFACT_BYTES,
      pathOf: (name: string) => `${HAND_OVER_PATHS.artifact}?name=${encodeURIComponent(name)}`,
    },
  ])
    for (const name of await findFiles(dir, wanted, most)) {
      const trouble = await sendFile(join(dir, name), { socketPath, path: pathOf(name), mostBytes }, signal).catch(
        (error: unknown) => (signal.aborted ? 'there is no time left' : String(error)),
      );
      if (trouble !== null) failed += 1;
      say(`[${what} ${JSON.stringify(name)}: ${trouble === null ? 'kept' : `left out, ${trouble}`}]`);
    }
  failed += await saveCaches(caches, { root: dirname(dir), socketPath, PATH }, { say, signal });
  return failed === 0 ? 0 : 1;
}

interface FileDestination {
  readonly socketPath: string;
  readonly path: string;
  readonly mostBytes: number;
}

/** Why it was left out; null: the forge has it. */
async function sendFile(file: string, to: FileDestination, signal: AbortSignal): Promise<string | null> {
  // A link that took the file's place meanwhile is not followed.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) return 'it is no file';
    if (found.size > to.mostBytes) return `it has more than ${to.mostBytes} bytes`;
    for (let tries = 1; ; tries += 1) {
      const answer = await put(handle, { ...to, bytes: found.size }, signal).catch((error: unknown) => {
        if (signal.aborted || tries === TRIES) throw error;
        return null;
      });
      // An answer was lost before, and the forge has it.
      if (answer?.code === 'key_conflict' && tries > 1) return null;
      if (answer !== null && answer.status !== 503) return answer.status < 300 ? null : answer.message;
      if (answer !== null && tries === TRIES) return answer.message;
      await wait(PAUSE_MS, undefined, { signal });
    }
  } finally {
    await handle.close();
  }
}

/** Exactly what was announced, also of a file that grows. */
function put(handle: FileHandle, to: FileDestination & { bytes: number }, signal: AbortSignal): Promise<Answered> {
  const { socketPath, path, bytes } = to;
  return putToForge(
    { socketPath, path, bytes },
    async (call) => {
      if (bytes === 0) return void call.end();
      await pipeline(createReadStream('', { fd: handle, autoClose: false, start: 0, end: bytes - 1 }), call);
    },
    signal,
  );
}
