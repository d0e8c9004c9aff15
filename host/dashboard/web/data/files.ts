import { HiveError } from '../../../../protocol/errors.ts';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import { callHive } from './api.ts';
import { formatBytes } from './format.ts';
import { toPlainText } from './plain-text.ts';

/** The largest file of a message, as protocol/schemas/message.ts has it (that file brings zod along); a test keeps them equal. */
export const PAGE_MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Keeps a file at the hive, to be attached within an hour. Throws a HiveError, `attachment_too_large` before sending. */
export async function uploadFile(file: File): Promise<Attachment> {
  if (file.size > PAGE_MAX_FILE_BYTES)
    throw new HiveError(
      'attachment_too_large',
      `${file.name} is too large: an attachment has at most ${formatBytes(PAGE_MAX_FILE_BYTES)}.`,
    );
  const data = await readBase64(file);
  return callHive('upload', { name: fitName(file.name), data });
}

/** Fetches an attachment and hands it to the browser as a file to save; nothing of it is shown or run. */
export async function saveAttachment(message: number, name: string): Promise<void> {
  const { data } = await callHive('download', { message, name });
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  // An agent chose it: nothing that turns the direction of text or ends a line is in the saved file's name.
  link.download = toPlainText(name).replaceAll(/\s+/g, ' ').trim();
  link.click();
  URL.revokeObjectURL(url);
}

/** A name as attachments may have it: without control characters and separators, 128 letters at most. */
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
