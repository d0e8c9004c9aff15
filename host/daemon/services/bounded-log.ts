import { type FileHandle, open, rename } from 'node:fs/promises';

/**
 * A log file of bounded size: when it would grow past `maxBytes` it becomes `<path>.1` (replacing an older one) and a
 * new one is begun, so that it uses at most twice `maxBytes` on disk.
 */
export interface BoundedLog {
  /** Appends a line. Lines are dropped, and counted, while the disk cannot keep up. */
  write(line: string): void;
  /** Waits for pending writes and closes the file. Never rejects. */
  close(): Promise<void>;
}

/** The limit of lines waiting in memory for the disk. */
const PENDING_CHARS = 1 << 20;

/**
 * Opens a bounded log at its first line. A disk that refuses (full, read-only) costs the refused lines, never the
 * service that wrote them; `onError` gets the first of consecutive refusals.
 */
export function openBoundedLog(
  path: string,
  options: { maxBytes: number; onError: (error: Error) => void },
): BoundedLog {
  let file: { handle: FileHandle; bytes: number } | null = null;
  let waiting = { text: '', dropped: 0 };
  let pump: Promise<void> | null = null;
  let refusing = false;

  async function append(text: string): Promise<void> {
    const bytes = Buffer.byteLength(text);
    file ??= await openAt(path);
    if (file.bytes > 0 && file.bytes + bytes > options.maxBytes) {
      await file.handle.close();
      file = null;
      await rename(path, `${path}.1`);
      file = await openAt(path);
    }
    await file.handle.appendFile(text);
    file.bytes += bytes;
  }

  async function drain(): Promise<void> {
    while (waiting.text !== '') {
      const { text, dropped } = waiting;
      waiting = { text: '', dropped: 0 };
      try {
        await append(dropped === 0 ? text : `${text}(${dropped} lines dropped: the disk could not keep up)\n`);
        refusing = false;
      } catch (error) {
        if (!refusing) options.onError(error as Error);
        refusing = true;
      }
    }
    pump = null;
  }

  return {
    write(line) {
      if (waiting.text.length + line.length > PENDING_CHARS) waiting.dropped += 1;
      else waiting.text += `${line}\n`;
      pump ??= drain();
    },
    async close() {
      await pump;
      await file?.handle.close().catch(options.onError);
      file = null;
    },
  };
}

async function openAt(path: string): Promise<{ handle: FileHandle; bytes: number }> {
  const handle = await open(path, 'a', 0o640);
  return { handle, bytes: (await handle.stat()).size };
}
