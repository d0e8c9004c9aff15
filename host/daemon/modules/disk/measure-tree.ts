import { lstat } from 'node:fs/promises';
import { startProgram } from '../../../../system/process/start-program.ts';
import { readLines } from '../../../../system/text/read-lines.ts';

/**
 * The user that walks a tree: hived's own (null), or another one, without any of root's rights except (`readsAll`)
 * reading every directory (CAP_DAC_READ_SEARCH). Root never walks a tree that others can change.
 */
export type Walker = { uid: number; gid: number; readsAll: boolean } | null;

/** One user's files below some directories. Bytes are allocated blocks: holes in files count nothing. */
export interface Use {
  bytes: number;
  files: number;
}

/** A measurement; `whole` is false when it was cut short or failed, and there may be more. */
export interface TreeUse {
  byUid: Map<number, Use>;
  whole: boolean;
  /** Why it failed, in the failed program's own text. */
  trouble: string | null;
  /** A directory could not be read. */
  denied: boolean;
}

/**
 * `find` opens directories by descriptors, follows no symlink and stays on one file system, so that concurrent
 * changes to the tree cannot lead it elsewhere. It exits with 1 when a file vanished meanwhile, with more when it
 * could not walk. A file with several names counts in fractions. awk computes the sums, so that hived's thread reads
 * one line per user, however many files there are. At the deadline find ends, and awk prints the sums so far: a tree
 * that is slow to walk must not look empty.
 */
const WALK = `{ timeout --foreground -s KILL "$SECONDS_LEFT" nice -n 10 find "$@" -xdev -printf '%U %b %n %y\\n'
  [ $? -gt 1 ] && echo cut; } | awk -v most="$MOST" '
  $1 == "cut" { cut = 1; next }
  { names = $4 == "d" ? 1 : $3; b[$1] += $2 / names; n[$1] += 1 / names; if (most > 0 && NR > most) { cut = 1; exit } }
  END { for (u in n) printf "%d %.0f %.0f\\n", u, b[u] * 512, n[u]; if (cut) print "cut" }'`;

/**
 * Without root: a directory that an agent closed to its own user, which is ours, would hide its content. chmod runs
 * from the directory above (-execdir), so that no path is too long.
 */
const OPEN = `exec find "$@" -xdev -type d ! -perm -u=rx -execdir chmod u+rx {} ';'`;

const LATE_MS = 10_000;
const ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

/**
 * Measures the files below directories, as `walker`. Stops counting after `mostFiles` (0: counts all) and after
 * `forMs`. Directories closed to hived's own user are opened (u+rx) when `opens` says that they belong to it.
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
  // Closed again meanwhile: its content is not counted.
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
  // A directory itself always counts: an empty result means that the walk failed.
  if (byUid.size === 0 && whole && ended) whole = !(await isOneThere(paths));
  return { byUid, whole: whole && ended, denied, trouble };
}

async function isOneThere(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => null)));
  return found.some((one) => one !== null);
}

/**
 * Whether such a walker is possible: root itself may lack the right to read every directory (in Docker, in a hardened
 * unit).
 */
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
  // In case the program that enforces the deadline is stuck itself.
  const timer = setTimeout(() => program.kill(), how.forMs + LATE_MS);
  const { code, signal, error } = await program.ended;
  clearTimeout(timer);
  if (error !== null) throw error;
  const ended = code === 0;
  return { ended, denied, trouble: ended ? null : (said ?? `it ended with ${code ?? signal ?? 'nothing'}`) };
}

/** Drops all capabilities, except perhaps that to read directories. Uses setpriv of util-linux, like the services. */
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
