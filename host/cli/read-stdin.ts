import { HiveError } from '../../protocol/errors.ts';
import type { CliContext } from './context.ts';

/** Reads stdin to its end, at most `limitBytes`, as UTF-8. Throws `invalid_input` for other bytes. */
export async function readStdin(context: CliContext, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => (context.io.stdin as NodeJS.ReadableStream & { destroy?: () => void }).destroy?.();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of context.io.stdin) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      size += bytes.length;
      if (size > limitBytes)
        throw new HiveError(
          'message_too_large',
          `What came on stdin is over ${Math.floor(limitBytes / 1024)} KiB. Put it into a file and send the path.`,
        );
      chunks.push(bytes);
    }
  } catch (error) {
    if (context.signal.aborted) throw new HiveError('interrupted');
    throw error;
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
  if (context.signal.aborted) throw new HiveError('interrupted');
  return decodeUtf8(Buffer.concat(chunks));
}

/** Decodes without replacement characters: bytes that are not UTF-8 are refused, with the offset of the first one. */
export function decodeUtf8(bytes: Uint8Array, what = 'What came on stdin'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new HiveError('invalid_input', `${what} is not UTF-8 (byte ${firstBadByte(bytes)}). Nothing was sent.`, {
      cause,
    });
  }
}

function firstBadByte(bytes: Uint8Array): number {
  const lossy = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  let index = 0;
  while (index < bytes.length && bytes[index] === lossy[index]) index += 1;
  return index;
}
