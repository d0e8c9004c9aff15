import { isUtf8 } from 'node:buffer';
import { HiveError } from '../../protocol/errors.ts';
import type { PushRequest } from '../backend/push.ts';

/** The part of a push's body before the pack: the requested changes. */
export interface PushHead {
  readonly commands: PushRequest['commands'];
  /** Commits whose parents the client's clone lacks: where its history was cut off. */
  readonly shallow: readonly string[];
  readonly capabilities: ReadonlySet<string>;
  /** Offset of the pack in the body. */
  readonly bytes: number;
  /** `latin1`: some name of a branch or tag is not UTF-8. Its bytes are kept so, to be named in the refusal. */
  readonly encoding: 'utf8' | 'latin1';
}

/** Enough for 1000 refs with the longest names that a file system allows. */
const MAX_HEAD_BYTES = 1024 * 1024;
const SHALLOW = /^shallow ([0-9a-f]{40}|[0-9a-f]{64})$/;
const COMMAND = /^(?:[0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n]+)$/;

/**
 * Reads a push's commands (pkt-lines up to the flush) and returns them with the whole body, the read part included,
 * for git. Throws `invalid_input` for a malformed head, `payload_too_large` for one over 1 MiB.
 */
export async function readPushHead(
  body: AsyncGenerator<Buffer>,
): Promise<{ head: PushHead; whole: AsyncGenerator<Buffer> }> {
  let read = Buffer.alloc(0);
  for (;;) {
    const lines = splitLines(read);
    if (lines !== null) {
      const start = read;
      return { head: { ...parseHead(lines.lines), bytes: lines.bytes }, whole: joined(start, body) };
    }
    if (read.length > MAX_HEAD_BYTES)
      throw new HiveError('payload_too_large', 'This push changes too many refs at once. Push fewer at a time.');
    const next = await body.next();
    if (next.done === true) throw new HiveError('invalid_input', 'The push ends before its list of changes does.');
    read = Buffer.concat([read, next.value]);
  }
}

async function* joined(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  yield* rest;
}

/** The pkt-lines up to the first flush; null when it has not arrived yet. */
function splitLines(bytes: Buffer): { lines: Buffer[]; bytes: number } | null {
  const lines = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const digits = bytes.toString('latin1', at, at + 4);
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : -1;
    if (length === 0) return { lines, bytes: at + 4 };
    if (length < 5) throw new HiveError('invalid_input', 'The body is not a push of git.');
    if (at + length > bytes.length) return null;
    lines.push(bytes.subarray(at + 4, at + length));
    at += length;
  }
  return null;
}

function parseHead(lines: readonly Buffer[]): Omit<PushHead, 'bytes'> {
  const encoding = isUtf8(Buffer.concat(lines)) ? 'utf8' : 'latin1';
  const commands: PushRequest['commands'][number][] = [];
  let capabilities = new Set<string>();
  const shallow: string[] = [];
  for (const line of lines) {
    const [text = '', given] = line.toString(encoding).replace(/\n$/, '').split('\0');
    if (given !== undefined && commands.length === 0) capabilities = new Set(given.trim().split(' '));
    const [, boundary] = SHALLOW.exec(text) ?? [];
    if (boundary !== undefined) {
      shallow.push(boundary);
      continue;
    }
    const [, oid, ref] = COMMAND.exec(text) ?? [];
    if (oid === undefined || ref === undefined)
      throw new HiveError('invalid_input', 'The body is not a push of git (signed pushes are not taken).');
    commands.push({ ref, new: /^0+$/.test(oid) ? null : oid });
  }
  return { commands, shallow, capabilities, encoding };
}
