import { HiveError } from '../../../../protocol/errors.ts';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import { callHive } from './api.ts';
import { formatBytes } from './format.ts';
import { toPlainText } from './plain-text.ts';

/** The largest attachment, copied from protocol/schemas/message.ts, which would pull zod into the page; a test keeps them equal. */
export const PAGE_MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Uploads a file; it must be attached within an hour. Throws a HiveError: `attachment_too_large` before uploading, or what callHive throws. */
export async function uploadFile(file: File): Promise<Attachment> {
  if (file.size > PAGE_MAX_FILE_BYTES)
    throw new HiveError(
      'attachment_too_large',
      `${file.name} is too large: an attachment has at most ${formatBytes(PAGE_MAX_FILE_BYTES)}.`,
    );
  const data = await readBase64(file);
  return callHive('upload', { name: fitName(file.name), data });
}

/** Downloads an attachment as a file; the browser neither displays nor runs it. */
export async function saveAttachment(message: number, name: string): Promise<void> {
  const { data } = await callHive('download', { message, name });
  saveBytes([data], name);
}

/** Saves bytes, given in base64, as a file; the browser neither displays nor runs it. */
export function saveBytes(parts: readonly string[], name: string): void {
  const bytes = parts.map((part) => Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0)));
  const url = URL.createObjectURL(new Blob(bytes, { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  // Somebody else chose the name: remove bidirectional marks and line breaks.
  link.download = toPlainText(name).replaceAll(/\s+/g, ' ').trim();
  link.click();
  URL.revokeObjectURL(url);
}

/** A valid attachment name: without control characters and path separators, at most 128 characters. */
function fitName(name: string): string {
  const plain = name.replaceAll(/[/\\\p{Cc}]/gu, '_').slice(-128);
  return /^\.{0,2}$/.test(plain) ? `file${plain}` : plain;
}

function readBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve((reader.result as string).split(',', 2)[1] ?? ''));
    reader.addEventListener('error', () =>
      reject(new HiveError('unknown_attachment', `${file.name} could not be read. Choose it again.`)),
    );
    reader.readAsDataURL(file);
  });
}
