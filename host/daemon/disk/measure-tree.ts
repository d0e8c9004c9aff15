import { spawnPiped } from '../services/spawn.ts';
import { readLines } from '../services/read-lines.ts';

/** Who walks a tree: never root where somebody else can change it. */
export interface Walker {
  uid: number | null;
  gid: number | null;
}

/** What one user's files take below some directories. Bytes are allocated blocks: holes in files count nothing. */
export interface Use {
  bytes: number;
  files: number;
}

/** A measurement; `whole` is false when it was broken off, and there may be more. */
export interface TreeUse {
  byUid: Map<number, Use>;
  whole: boolean;
  /** A directory could not be looked into. */
  denied: boolean;
}

/**
 * `find` opens directories by descriptors, follows no link and stays on one file system, so whoever changes the tree
 * meanwhile shows the walker nothing but what it may see anyway. A file of several names counts in parts. The sum is
 * made in awk: hived's thread reads one line for each user, however many files there are.
 */
const WALK = `exec nice -n 10 find "$@" -xdev -printf '%U %b %n %y\\n' | awk -v most="$MOST" '
  { names = $4 == "d" ? 1 : $3; b[$1] += $2 / names; n[$1] += 1 / names; if (most > 0 && NR > most) { cut = 1; exit } }
  END { for (u in n) printf "%d %.0f %.0f\\n", u, b[u] * 512, n[u]; if (cut) print "cut" }'`;

/** Gives the owner back what it took from itself: a directory that is closed to its owner would hide what lies in it. */
const OPEN = `exec find "$@" -xdev -type d ! -perm -u=rx -exec chmod u+rx {} ';'`;

const ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

/**
 * Measures what lies below directories, as `walker`. Stops counting past `mostFiles` (0: counts all) and after `forMs`.
 * Directories that their owner closed to itself are opened (u+rx) when `opens` says that they are the walker's own.
 */
export async function measureTree(
  paths: readonly string[],
  how: { walker: Walker; mostFiles: number; forMs: number; opens: boolean },
): Promise<TreeUse> {
  const first = await walk(paths, how);
  if (!first.denied || !how.opens) return first;
  await run(OPEN, paths, how);
  return walk(paths, how);
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
  const { ended, denied } = await run(WALK, paths, { ...how, onLine });
  return { byUid, whole: whole && ended, denied };
}

async function run(
  script: string,
  paths: readonly string[],
  how: { walker: Walker; mostFiles: number; forMs: number; onLine?: (line: string) => void },
): Promise<{ ended: boolean; denied: boolean }> {
  const program = spawnPiped({
    argv: ['/bin/sh', '-c', script, 'measure', ...paths],
    env: { ...ENV, MOST: String(how.mostFiles) },
    ...how.walker,
  });
  let denied = false;
  program.stdin.end();
  readLines(program.stdout, 200, how.onLine ?? (() => undefined));
  readLines(program.stderr, 4_096, (line) => {
    denied ||= line.includes('Permission denied');
  });
  const timer = setTimeout(() => program.kill('SIGKILL'), how.forMs);
  const { signal, error } = await program.ended;
  clearTimeout(timer);
  if (error !== null) throw error;
  return { ended: signal === null, denied };
}
