import { constants, open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { type Attachment, MAX_ATTACHMENTS, MAX_FILE_BYTES, attachmentName } from '../../protocol/schemas/message.ts';
import { FILE_FIELDS, type FileField } from '../../protocol/told/file-fields.ts';
import { inputError } from '../../wire/operations.ts';

type Upload = (file: { name: string; data: string }) => Promise<Attachment>;

const paths = z.array(z.string().min(1).max(4_096)).min(1).max(MAX_ATTACHMENTS);

/**
 * Uploads the files that a call names by path, and returns the input for hived. The rest of the input is checked
 * first, so that an invalid call uploads nothing. Paths are relative to `stateDir`. Throws a HiveError that names the
 * file.
 */
export async function attachFiles(
  op: 'send' | 'remind',
  given: Record<string, unknown>,
  parts: { upload: Upload; stateDir: string },
): Promise<Record<string, unknown>> {
  const field = FILE_FIELDS[op];
  if (field === undefined || !(field.offered in given)) return given;
  const { [field.offered]: named, ...input } = given;
  const wanted = z.object({ [field.offered]: paths }).safeParse({ [field.offered]: asList(named, field) });
  if (!wanted.success) throw inputError(wanted.error);
  const checked = agentSurface[op].input.safeParse(input);
  if (!checked.success) throw inputError(checked.error);
  const places = (wanted.data[field.offered] ?? []).map((path) => resolve(parts.stateDir, path));
  refuseNames(places);
  const attached: Pick<Attachment, 'name' | 'hash'>[] = [];
  for (const path of places) {
    const name = basename(path);
    const { hash } = await parts.upload({ name, data: (await readPlainFile(path)).toString('base64') });
    attached.push({ name, hash });
  }
  return { ...input, [field.declared]: field.many ? attached : attached[0] };
}

/** Models write a single path for a list of one. */
function asList(named: unknown, field: FileField): unknown {
  if (!field.many) return [named];
  return typeof named === 'string' ? [named] : named;
}

function refuseNames(places: readonly string[]): void {
  const names = places.map((path) => basename(path));
  for (const [index, name] of names.entries()) {
    if (!attachmentName.safeParse(name).success)
      throw new HiveError('invalid_input', `"${name}" is no name for an attachment. Copy the file to another name.`);
    if (names.indexOf(name) !== index)
      throw new HiveError('invalid_input', `Two of the files are called "${name}". Send them in two messages.`);
  }
}

/**
 * A regular file's bytes. Never blocks on a pipe or a device, and never reads more than the size limit of
 * attachments.
 */
export async function readPlainFile(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(
    (error: NodeJS.ErrnoException) => {
      throw new HiveError(
        error.code === 'EACCES' ? 'forbidden' : 'not_found',
        `${path} cannot be read: ${error.code}.`,
      );
    },
  );
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new HiveError('invalid_input', `${path} is no regular file.`);
    if (facts.size > MAX_FILE_BYTES) throw tooLarge(path);
    const buffer = Buffer.alloc(facts.size + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    throw new HiveError('busy', `${path} grows while it is read. Send it when it is complete.`);
  } finally {
    await file.close();
  }
}

function tooLarge(path: string): HiveError {
  const limit = MAX_FILE_BYTES / 1024 / 1024;
  return new HiveError(
    'attachment_too_large',
    `${path} is larger than ${limit} MiB. Put it into /shared and send its path.`,
  );
}
