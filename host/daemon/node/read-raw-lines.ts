import { join } from 'node:path';
import { MAX_RAW_CHARS, RAW_DIR, type RawLine, rawFileName, rawLine } from '../../../protocol/schemas/raw-lines.ts';
import { startProgram } from '../../../system/process/start-program.ts';
import { createLineReader } from '../../../system/text/read-lines.ts';

/** A turn's raw lines as its harness kept them. */
export interface RawLinesRead {
  readonly lines: RawLine[];
  /** There were more than are read: `MAX_BYTES` of a turn. */
  readonly isCut: boolean;
  /** Lines that could not be parsed. */
  readonly unreadable: number;
  /** Why nothing, or not everything, could be read; null if it could. */
  readonly problem: string | null;
}

/** Twice what a harness keeps of a turn. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A line of as many characters, each escaped. */
const MAX_LINE_BYTES = 8 * MAX_RAW_CHARS;
const LATEST_MS = 10_000;

/**
 * Reads a turn's raw lines from the harness's directory of an agent, with that agent's own rights (`uid`; null: hived's
 * user): its box can change everything in there at any moment. `find` enters the directory by a descriptor and follows
 * no symbolic link, and dd opens no link and waits for no pipe. The lines are the box's word, parsed like any other.
 */
export async function readRawLines(from: { harness: string; turn: number; uid: number | null }): Promise<RawLinesRead> {
  const { harness, turn, uid } = from;
  const segments = rawFileName(turn, 0).replace(/-\d+\./, '-*.');
  const dd = ['dd', 'if={}', 'iflag=nofollow,nonblock,count_bytes', `count=${MAX_BYTES}`, 'bs=65536', 'status=none'];
  const only = ['-P', join(harness, RAW_DIR), '-xdev', '-mindepth', '1', '-maxdepth', '1', '-type', 'f'] as const;
  const program = startProgram(
    {
      argv: ['find', ...only, '-name', segments, '-execdir', ...dd, ';'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      uid,
      gid: uid,
    },
    { stdin: 'nothing' },
  );
  const lines: RawLine[] = [];
  let unreadable = 0;
  let bytes = 0;
  let said = '';
  let isLate = false;
  const reader = createLineReader({
    maxBytes: MAX_LINE_BYTES,
    onLine(text) {
      const line = parseLine(text);
      if (line !== null) lines.push(line);
      else if (text !== '') unreadable += 1;
    },
    onLong: () => void (unreadable += 1),
  });
  program.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return program.kill();
    return reader.push(chunk);
  });
  program.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(0, 300);
  });
  const timer = setTimeout(() => {
    isLate = true;
    program.kill();
  }, LATEST_MS);
  const { code, error } = await program.ended;
  clearTimeout(timer);
  reader.end();
  // Segments come in the directory's order.
  lines.sort((a, b) => a.n - b.n);
  const isCut = bytes > MAX_BYTES;
  return { lines, isCut, unreadable, problem: isCut ? null : sayProblem({ code, error, said, isLate }) };
}

function parseLine(text: string): RawLine | null {
  try {
    return rawLine.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function sayProblem(end: { code: number | null; error: Error | null; said: string; isLate: boolean }): string | null {
  if (end.error !== null) return `They could not be read: ${end.error.message}.`;
  if (end.isLate) return 'They could not be read in time.';
  // A directory that is not there has no lines. find ends with 0 also when dd fails.
  const isFine = end.code === 0 && end.said === '';
  if (isFine || end.said.includes('No such file or directory')) return null;
  return `They could not all be read: ${end.said.trim() || `find ended with ${end.code ?? 'a signal'}`}.`;
}
