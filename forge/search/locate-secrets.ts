import type { PushedSecret } from '../../protocol/schemas/push-secrets.ts';
import type { FoundSecret } from '../../system/redact/find-secrets.ts';

/** A secret in the objects of a push: `oid` is the object that contains it. */
export type LocatedSecret = Omit<PushedSecret, 'ref' | 'where'> & {
  readonly where: 'file' | 'name' | 'message';
  readonly oid: string;
};

interface ObjectHead {
  readonly oid: string;
  readonly type: string;
  readonly size: number;
  readonly path: string;
}

/** A path of git has at most 4096 bytes on usual file systems; a longer line of a head is cut. */
const HEAD_BYTES = 16 * 1024;
const HEAD = /^([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) (\d{1,16}) ?(.*)$/s;
const BREAK = 10;

/**
 * Where in the objects secrets are: `stream` is that of readNewObjects, `found` has offsets in it, in order. One place
 * for each secret and object, or directory of a name; of a file the first line. The stream is read no further than the last of them.
 */
export async function locateSecrets(
  stream: AsyncIterable<Buffer>,
  found: readonly FoundSecret[],
): Promise<LocatedSecret[]> {
  const places = new Map<string, LocatedSecret>();
  let next = 0;
  /** The offset of the present byte in the stream. */
  let offset = 0;
  let head: ObjectHead | null = null;
  let headBytes: Buffer[] = [];
  let headLength = 0;
  /** Bytes of the present object that are still to come, the line break behind it included. */
  let left = 0;
  let line = 1;
  let commit: string | null = null;

  function add({ oid, type, path }: ObjectHead, secret: string): void {
    const base = { secret, oid, commit, path: null, line: null };
    const place: LocatedSecret =
      type === 'blob'
        ? { ...base, where: 'file', path, line }
        : type === 'tree'
          ? { ...base, where: 'name', path }
          : { ...base, where: 'message', commit: type === 'tag' ? null : oid };
    // A name is in the directory, and in the path of each new file below it.
    const object = place.where === 'name' ? [place.commit, path] : [oid];
    const key = [secret, place.where, ...object].join('\0');
    if (!places.has(key)) places.set(key, place);
  }

  /** Takes bytes of the present object, and counts lines up to each secret that begins in them. */
  function takeBody(object: ObjectHead, bytes: Buffer): void {
    let counted = 0;
    for (; next < found.length && found[next]!.at < offset + bytes.length; next += 1) {
      const at = found[next]!.at - offset;
      if (object.type === 'blob') line += countBreaks(bytes, counted, at);
      counted = Math.max(counted, at);
      add(object, found[next]!.name);
    }
    if (object.type === 'blob' && next < found.length) line += countBreaks(bytes, counted, bytes.length);
  }

  /** A secret in the line of a head is in the path of the object. */
  function endHead(): void {
    const read = readHead(Buffer.concat(headBytes));
    headBytes = [];
    headLength = 0;
    if (read.type === 'commit') commit = read.oid;
    for (; next < found.length && found[next]!.at < offset; next += 1)
      add({ ...read, type: 'tree', path: directoryOf(read.path) }, found[next]!.name);
    head = read;
    left = read.size + 1;
    line = 1;
  }

  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      if (head === null) {
        const end = chunk.indexOf(BREAK, at);
        const part = chunk.subarray(at, end === -1 ? chunk.length : end);
        if (headLength < HEAD_BYTES) headBytes.push(Buffer.from(part));
        headLength += part.length;
        at = end === -1 ? chunk.length : end + 1;
        offset += end === -1 ? part.length : part.length + 1;
        if (end !== -1) endHead();
      } else {
        const part = chunk.subarray(at, at + left);
        takeBody(head, part);
        at += part.length;
        offset += part.length;
        left -= part.length;
        if (left === 0) head = null;
      }
    }
    if (next === found.length) break;
  }
  return [...places.values()];
}

function readHead(bytes: Buffer): ObjectHead {
  const [, oid, type, size, path] = HEAD.exec(bytes.toString('utf8')) ?? [];
  if (oid === undefined || type === undefined) throw new Error('git printed an object without its head');
  return { oid, type, size: Number(size), path: path ?? '' };
}

function directoryOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end === -1 ? '' : path.slice(0, end);
}

function countBreaks(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(BREAK, from); at !== -1 && at < to; at = bytes.indexOf(BREAK, at + 1)) count += 1;
  return count;
}
