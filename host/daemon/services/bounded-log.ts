import { type FileHandle, open, rename } from 'node:fs/promises';

/**
 * A log file of bounded size: when it would grow past `maxBytes` it becomes `<path>.1` (replacing an
 * older one) and a new one is begun, so that at most twice `maxBytes` rest on disk.
 */
export interface BoundedLog {
  /** Appends a line. Lines are dropped, and counted, while the disk cannot keep up. */
  write(line: string): void;
  /** Waits for what was written and closes the file. Never rejects. */
  close(): Promise<void>;
}

/** What may wait in memory for the disk. */
const PENDING_CHARS = 1 << 20;

/**
 * Opens a bounded log at its first line. A disk that refuses (full, read-only) costs the lines it
 * refused, never the service they come from; `onError` hears of the first refusal in a row.
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
