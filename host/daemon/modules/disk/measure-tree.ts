import { lstat } from 'node:fs/promises';
import { startProgram } from '../../../../system/process/start-program.ts';
import { readLines } from '../../../../system/text/read-lines.ts';

/**
 * Who walks a tree: hived's own user (null), or another one, without any right of root's but (`readsAll`) that to read
 * every directory (CAP_DAC_READ_SEARCH). Root never walks what somebody else can change.
 */
export type Walker = { uid: number; gid: number; readsAll: boolean } | null;

/** What one user's files take below some directories. Bytes are allocated blocks: holes in files count nothing. */
export interface Use {
  bytes: number;
  files: number;
}

/** A measurement; `whole` is false when it was broken off or could not be made, and there may be more. */
export interface TreeUse {
  byUid: Map<number, Use>;
  whole: boolean;
  /** Why it could not be made, in the words of the program that failed. */
  trouble: string | null;
  /** A directory could not be looked into. */
  denied: boolean;
}

/**
 * `find` opens directories by descriptors, follows no link and stays on one file system, so whoever changes the tree
 * meanwhile can lead the walker nowhere. It ends with 1 for every file that vanished meanwhile, with more when it could
 * not walk. A file of several names counts in parts. The sum is made in awk: hived's
 * thread reads one line for each user, however many files there are. At the deadline find ends, and awk says what it
 * has: a tree that is slow to walk must not look empty.
 */
const WALK = `{ timeout --foreground -s KILL "$SECONDS_LEFT" nice -n 10 find "$@" -xdev -printf '%U %b %n %y\\n'
  [ $? -gt 1 ] && echo cut; } | awk -v most="$MOST" '
  $1 == "cut" { cut = 1; next }
  { names = $4 == "d" ? 1 : $3; b[$1] += $2 / names; n[$1] += 1 / names; if (most > 0 && NR > most) { cut = 1; exit } }
  END { for (u in n) printf "%d %.0f %.0f\\n", u, b[u] * 512, n[u]; if (cut) print "cut" }'`;

/**
 * Without root: a directory that an agent closed to its own user, which is ours, would hide what lies in it. Changed
 * from within the directory above it, which no path is too long for.
 */
const OPEN = `exec find "$@" -xdev -type d ! -perm -u=rx -execdir chmod u+rx {} ';'`;

const LATE_MS = 10_000;
const ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

/**
 * Measures what lies below directories, as `walker`. Stops counting past `mostFiles` (0: counts all) and after `forMs`.
 * Directories that are closed to hived's own user are opened (u+rx) when `opens` says that they are its own.
 */
export async function measureTree(
  paths: readonly string[],
  how: { walker: Walker; mostFiles: number; forMs: number; opens: boolean },
): Promise<TreeUse> {
  const first = await walk(paths, how);
  if (!first.denied) return first;
  if (!how.opens) return { ...first, whole: false };
  await run(OPEN, paths, how);
  const second = await walk(paths, how);
  // Closed again meanwhile: what lies there is not counted.
  return { ...second, whole: second.whole && !second.denied };
}

async function walk(
  paths: readonly string[],
  how: { walker: Walker; mostFiles: number; forMs: number },
): Promise<TreeUse> {
  const byUid = new Map<number, Use>();
  let whole = true;
  const onLine = (line: string) => {
    const [uid, bytes, files] = line.split(' ').map(Number);
    if (line === 'cut') whole = false;
    else byUid.set(uid ?? 0, { bytes: bytes ?? 0, files: files ?? 0 });
  };
  const { ended, denied, trouble } = await run(WALK, paths, { ...how, onLine });
  // Nothing at all is less than there is of any directory.
  if (byUid.size === 0 && whole && ended) whole = !(await isOneThere(paths));
  return { byUid, whole: whole && ended, denied, trouble };
}

async function isOneThere(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => null)));
  return found.some((one) => one !== null);
}

/** Whether a walker can be had here: root may lack the right to read every directory itself (in Docker, in a hardened unit). */
export async function canWalkAs(walker: Walker): Promise<boolean> {
  const { ended } = await run('exit 0', [], { walker, mostFiles: 0, forMs: 60_000 });
  return ended;
}

async function run(
  script: string,
  paths: readonly string[],
  how: { walker: Walker; mostFiles: number; forMs: number; onLine?: (line: string) => void },
): Promise<{ ended: boolean; denied: boolean; trouble: string | null }> {
  const program = startProgram({
    argv: [...onlyAs(how.walker), '/bin/sh', '-c', script, 'measure', ...paths] as [string, ...string[]],
    env: { ...ENV, MOST: String(how.mostFiles), SECONDS_LEFT: String(how.forMs / 1_000) },
  });
  let denied = false;
  let said: string | null = null;
  program.stdin.end();
  readLines(program.stdout, { maxBytes: 200, onLong: 'split', onLine: how.onLine ?? (() => undefined) });
  readLines(program.stderr, {
    maxBytes: 4_096,
    onLong: 'split',
    onLine: (line) => {
      denied ||= line.includes('Permission denied');
      said ??= line;
    },
  });
  // Should the program that watches the deadline be stuck itself.
  const timer = setTimeout(() => program.kill(), how.forMs + LATE_MS);
  const { code, signal, error } = await program.ended;
  clearTimeout(timer);
  if (error !== null) throw error;
  const ended = code === 0;
  return { ended, denied, trouble: ended ? null : (said ?? `it ended with ${code ?? signal ?? 'nothing'}`) };
}

/** Gives up everything, but perhaps the right to read directories. By setpriv of util-linux, as for the services. */
function onlyAs(walker: Walker): string[] {
  if (walker === null) return [];
  const only = walker.readsAll ? '-all,+dac_read_search' : '-all';
  return [
    'setpriv',
    `--reuid=${walker.uid}`,
    `--regid=${walker.gid}`,
    '--clear-groups',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
    '--no-new-privs',
    '--',
  ];
}
