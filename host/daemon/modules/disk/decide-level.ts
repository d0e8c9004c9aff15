import { diskLevel } from '../../../../protocol/schemas/disk.ts';

/**
 * How full the hive's disk is, as one word. Derived anew at every check:
 *
 *   ok      nothing to do
 *   low     everybody is notified once, with the biggest users
 *   paused  no new turns begin
 *   full    boxes are stopped, and inessential writes refused: the rest of the disk is the hive's
 */
export const DISK_LEVELS = diskLevel.options;
export type DiskLevel = (typeof DISK_LEVELS)[number];

/** Facts of a file system. `files` is 0 where it does not count them. */
export interface DiskFacts {
  freeBytes: number;
  totalBytes: number;
  freeFiles: number;
  files: number;
}

/** Free bytes below which each level begins. */
export type DiskMarks = Record<Exclude<DiskLevel, 'ok'>, number>;

/** The marks of large disks, in MiB. */
export interface DiskMarksConfig {
  lowMb: number;
  pauseMb: number;
  stopMb: number;
}

/** The largest fraction of a disk that a mark may be: configured bytes are for large disks. */
const PARTS: DiskMarks = { low: 0.1, paused: 0.05, full: 0.025 };
const RESERVE_PART = 0.02;
/** Hysteresis: a level is left only when this factor of its mark is free, so that a disk at the mark does not flap. */
const LEAVE = 1.25;

const MIB = 1024 * 1024;

export function marksOf(totalBytes: number, config: DiskMarksConfig): DiskMarks {
  const mark = (mb: number, part: number) => Math.min(mb * MIB, Math.floor(totalBytes * part));
  return {
    low: mark(config.lowMb, PARTS.low),
    paused: mark(config.pauseMb, PARTS.paused),
    full: mark(config.stopMb, PARTS.full),
  };
}

/** Bytes of the reserve on a disk of that size; whole blocks. */
export function reserveOf(totalBytes: number, reserveMb: number): number {
  return Math.floor(Math.min(reserveMb * MIB, totalBytes * RESERVE_PART) / 4096) * 4096;
}

/** The level by bytes or by inodes, whichever is worse. A level is left only with some margin above its mark. */
export function decideLevel(facts: DiskFacts, marks: DiskMarks, before: DiskLevel): DiskLevel {
  for (const level of ['full', 'paused', 'low'] as const) {
    const slack = DISK_LEVELS.indexOf(before) >= DISK_LEVELS.indexOf(level) ? LEAVE : 1;
    const fewFiles = facts.files > 0 && facts.freeFiles < facts.files * PARTS[level] * slack;
    if (facts.freeBytes < marks[level] * slack || fewFiles) return level;
  }
  return 'ok';
}

export function isWorse(level: DiskLevel, than: DiskLevel): boolean {
  return DISK_LEVELS.indexOf(level) > DISK_LEVELS.indexOf(than);
}
