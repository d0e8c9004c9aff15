import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type RawLimits, rawFileName, readRawFileName } from '../../protocol/schemas/raw-lines.ts';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** A segment of a turn's raw lines. */
export interface RawFile {
  readonly turn: number;
  readonly path: string;
  readonly bytes: number;
  /** When it was last written (epoch ms). */
  readonly at: number;
}

/** Opens a segment to append to it. Never follows a link that the agent put in its place. */
export async function openRawFile(dir: string, turn: number, segment: number): Promise<FileHandle> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  return open(join(dir, rawFileName(turn, segment)), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
}

/** Deletes a segment; without an error when there is none. */
export async function removeRawFile(dir: string, turn: number, segment: number): Promise<void> {
  await unlink(join(dir, rawFileName(turn, segment))).catch(() => undefined);
}

/** The segments of all turns, oldest turn first. Other files are not ours and stay. */
export async function listRawFiles(dir: string): Promise<RawFile[]> {
  const names = await readdir(dir).catch((): string[] => []);
  const files = await Promise.all(
    names.toSorted().map(async (name) => {
      const known = readRawFileName(name);
      const path = join(dir, name);
      const file = known === null ? null : await lstat(path).catch(() => null);
      return known === null || file === null ? [] : [{ turn: known.turn, path, bytes: file.size, at: file.mtimeMs }];
    }),
  );
  return files.flat();
}

/**
 * The segments to delete: those written last before the limit's days, then those of the oldest turns until the rest
 * fits. The turn that is written now keeps its own.
 */
export function chooseRawToRemove(
  files: readonly RawFile[],
  rule: { limits: RawLimits; now: number; turn: number | null },
): RawFile[] {
  const { limits, now, turn } = rule;
  let excess = files.reduce((sum, { bytes }) => sum + bytes, 0) - limits.mb * MIB;
  const spent = new Set<number>();
  return files.filter((file) => {
    if (file.turn === turn) return false;
    const isOld = file.at < now - limits.days * DAY_MS;
    // A turn goes as a whole: its end alone says little.
    if (!isOld && excess <= 0 && !spent.has(file.turn)) return false;
    if (!isOld) spent.add(file.turn);
    excess -= file.bytes;
    return true;
  });
}

/** Deletes what is too old or too much. */
export async function pruneRawFiles(dir: string, rule: Parameters<typeof chooseRawToRemove>[1]): Promise<void> {
  for (const { path } of chooseRawToRemove(await listRawFiles(dir), rule)) await unlink(path).catch(() => undefined);
}
