import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { HiveError } from '../../../../protocol/errors.ts';
import { MAX_ATTACHMENTS, attachmentName } from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';

/** The limit of one upload call, whatever the hive's own limit is: 64 MiB in base64. */
const MOST_BYTES = 48 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 120_000;

/** A file to attach. */
interface LocalFile {
  readonly name: string;
  readonly path: string;
}

/** Checks every file before the first is uploaded. Throws `invalid_input`, `not_found` or `attachment_too_large`. */
export async function checkFiles(paths: readonly string[]): Promise<LocalFile[]> {
  if (paths.length > MAX_ATTACHMENTS)
    throw new HiveError(
      'invalid_input',
      `A message takes ${MAX_ATTACHMENTS} attachments at most, not ${paths.length}.`,
    );
  const files: LocalFile[] = [];
  for (const path of paths) {
    const name = basename(path);
    if (!attachmentName.safeParse(name).success)
      throw new HiveError('invalid_input', `--attach "${path}": an attachment's name has 1 to 128 plain characters.`);
    if (files.some((file) => file.name === name))
      throw new HiveError('invalid_input', `Two attachments are called "${name}". Rename one.`);
    await checkFile(path);
    files.push({ name, path });
  }
  return files;
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => refuseFile(path, cause));
  if (!found.isFile()) throw new HiveError('invalid_input', `--attach "${path}" is not a file.`);
  if (found.size > MOST_BYTES)
    throw new HiveError(
      'attachment_too_large',
      `"${path}" has ${prettyBytes(found.size)}; an attachment has ${prettyBytes(MOST_BYTES)} at most. Share it through the forge.`,
    );
}

/** Uploads files, one after the other, and returns the references for the message. */
export async function uploadFiles(
  context: CliContext,
  files: readonly LocalFile[],
): Promise<{ name: string; hash: string }[]> {
  const kept: { name: string; hash: string }[] = [];
  for (const { name, path } of files) {
    const data = await readFile(path, 'base64').catch((cause: unknown) => refuseFile(path, cause));
    const { hash } = await context.hive.call('upload', { name, data }, { timeoutMs: UPLOAD_TIMEOUT_MS });
    kept.push({ name, hash });
  }
  return kept;
}

function refuseFile(path: string, cause: unknown): never {
  const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const why = absent ? 'there is no such file' : (cause as Error).message;
  throw new HiveError(absent ? 'not_found' : 'invalid_input', `--attach "${path}": ${why}.`, { cause });
}
