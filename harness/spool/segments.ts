import { constants } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type SpooledEvent, spooledEvent } from '../../protocol/schemas/harness.ts';

/**
 * One boot's events on disk: a directory of JSONL segments, each named by its first sequence number. Written only by
 * that boot; read until hived has acknowledged everything; then removed.
 */
export interface BootDir {
  readonly bootId: string;
  readonly path: string;
}

/** The first sequence number and size of a segment file, and when it was last written (epoch ms). */
export interface Segment {
  readonly first: number;
  readonly path: string;
  readonly bytes: number;
  readonly at: number;
}

/** `<start time>-<boot id>`: sorts by age. */
export function bootDirName(startedAt: number, bootId: string): string {
  return `${String(startedAt).padStart(15, '0')}-${bootId}`;
}

/** Boots with remaining events, oldest first. Other files are not ours and stay. */
export async function listBootDirs(spoolDir: string): Promise<BootDir[]> {
  const names = (await readdir(spoolDir)).filter((name) => /^\d{15}-[0-9a-f-]{36}$/.test(name)).sort();
  return names.map((name) => ({ bootId: name.slice(16), path: join(spoolDir, name) }));
}

export async function listSegments(dir: BootDir): Promise<Segment[]> {
  const names = (await readdir(dir.path)).filter((name) => /^\d{12}\.jsonl$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(dir.path, name);
      const { size, mtimeMs } = await stat(path);
      return { first: Number(name.slice(0, 12)), path, bytes: size, at: mtimeMs };
    }),
  );
}

/** Opens a new segment. An existing file is left from a failed write of the same lines, so it is truncated. */
export async function openSegment(dir: BootDir, first: number): Promise<{ file: FileHandle; path: string }> {
  await mkdir(dir.path, { recursive: true, mode: 0o700 });
  const path = join(dir.path, `${String(first).padStart(12, '0')}.jsonl`);
  const { O_WRONLY, O_APPEND, O_CREAT, O_TRUNC } = constants;
  return { file: await open(path, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC, 0o600), path };
}

/** Events of one read, and the offset of the next read. */
export interface SegmentRead {
  readonly events: SpooledEvent[];
  readonly nextOffset: number;
}

/**
 * Reads whole lines from `offset`, up to `maxBytes` (or one line, if that is longer) and `maxEvents`. Invalid lines
 * are skipped: writes torn by a crash, or tampering.
 */
export async function readSegment(
  path: string,
  from: { offset: number; maxBytes: number; maxEvents: number },
): Promise<SegmentRead> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let length = Math.min(from.maxBytes, size - from.offset);
    let chunk = await readAt(file, from.offset, length);
    while (chunk.indexOf(10) === -1 && from.offset + length < size) {
      length = Math.min(length * 2, size - from.offset);
      chunk = await readAt(file, from.offset, length);
    }
    return takeLines(chunk, from);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function takeLines(chunk: Buffer, from: { offset: number; maxEvents: number }): SegmentRead {
  const events: SpooledEvent[] = [];
  let used = 0;
  while (events.length < from.maxEvents) {
    const end = chunk.indexOf(10, used);
    if (end === -1) break;
    const event = parseEvent(chunk.toString('utf8', used, end));
    if (event !== null) events.push(event);
    used = end + 1;
  }
  return { events, nextOffset: from.offset + used };
}

function parseEvent(line: string): SpooledEvent | null {
  try {
    return spooledEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** Transcript detail is dropped when space runs out; receipts and states stay. */
export function isDetail(kind: SpooledEvent['kind']): boolean {
  return kind.startsWith('turn.') && kind !== 'turn.noise';
}

/** Rewrites a segment without its transcript lines. Returns the number removed. */
export async function thinSegment(segment: Segment): Promise<number> {
  // Anything else in its place is not ours, and may never end.
  if (!(await lstat(segment.path)).isFile()) return 0;
  const lines = (await readFile(segment.path, 'utf8')).split('\n').filter((line) => line !== '');
  const kept = lines.filter((line) => {
    const event = parseEvent(line);
    return event !== null && !isDetail(event.kind);
  });
  const next = `${segment.path}.next`;
  await writeFile(next, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  await rename(next, segment.path);
  return lines.length - kept.length;
}

export async function removeSegment(segment: Segment): Promise<void> {
  await unlink(segment.path);
}

export async function removeBootDir(dir: BootDir): Promise<void> {
  await rm(dir.path, { recursive: true, force: true });
}
