import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HiveError } from '../../../protocol/errors.ts';
import { runProgram } from '../../../system/process/run-program.ts';
import type { ProgramSpec } from '../../../system/process/spawn-child.ts';
import { startProgram } from '../../../system/process/start-program.ts';
import { readLines } from '../../../system/text/read-lines.ts';
import { exists } from '../../../system/exists.ts';

/** The directories that an agent may write, which are the whole content of an archive. */
const FOLDERS = ['state', 'harness'];

/** An agent's files (`agents/NAME`), an archive of them, and the agent's user; null is hived's own. */
export interface Packing {
  files: string;
  archive: string;
  uid: number | null;
}

/**
 * Packs an agent's files, read with the agent's own rights: a link in them reaches nothing that the agent could not
 * reach itself. Files that the agent made unreadable for itself are made readable again, and holes in files stay holes,
 * so that no agent can keep itself from being archived. An agent without files gets no archive.
 *
 * Throws `storage_unavailable`; nothing is left of the archive then.
 */
export async function packFiles({ files, archive, uid }: Packing): Promise<void> {
  if (!(await exists(files))) return;
  await changeModes({ files, uid, change: 'u+rwX' });
  const partial = `${archive}.part`;
  try {
    const quiet = ['--warning=no-file-changed', '--warning=no-file-ignored'];
    const tar = startProgram(
      specAs(uid, ['tar', '--create', '--gzip', '--sparse', ...quiet, '--directory', files, ...FOLDERS]),
    );
    tar.stdin.end();
    let said: string | null = null;
    readLines(tar.stderr, { maxBytes: 300, onLong: 'split', onLine: (line) => void (said ??= line) });
    const written = pipeline(tar.stdout, createWriteStream(partial, { mode: 0o600 }));
    const [{ code }] = await Promise.all([tar.ended, written]);
    // 1: a file changed or vanished while it was read, by a process that is still in there; the rest is in the archive.
    if (code !== 0 && code !== 1)
      throw new HiveError(
        'storage_unavailable',
        `The files could not be archived (${endOf(code, said)}). Nothing was deleted.`,
      );
    await rename(partial, archive);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/**
 * Unpacks an archive into a new agent's empty directories. The archive is untrusted: tar runs as the agent, whose user
 * can write nowhere else on the host, and extracts only members inside its directories. Links may point anywhere, like
 * those that the agent makes itself. Setuid and setgid bits are dropped.
 *
 * Throws `storage_unavailable` when not everything could be unpacked; the caller removes what was.
 */
export async function unpackFiles({ files, archive, uid }: Packing): Promise<void> {
  const how = ['--no-same-owner', '--no-same-permissions', '--delay-directory-restore'];
  const tar = startProgram(specAs(uid, ['tar', '--extract', '--gzip', ...how, '--directory', files, ...FOLDERS]));
  let said: string | null = null;
  readLines(tar.stderr, { maxBytes: 300, onLong: 'split', onLine: (line) => void (said ??= line) });
  tar.stdout.resume();
  // A tar that failed breaks the pipe: its own error says more.
  const read = pipeline(createReadStream(archive), tar.stdin).then(
    () => null,
    (error: unknown) => error,
  );
  const [{ code }, unread] = await Promise.all([tar.ended, read]);
  if (code !== 0 || (unread !== null && said === null))
    throw new HiveError(
      'storage_unavailable',
      `The archive could not be unpacked (${endOf(code, said)}). Nothing was restored.`,
      { cause: unread },
    );
  await changeModes({ files, uid, change: 'a-s' });
}

async function changeModes(what: { files: string; uid: number | null; change: string }): Promise<void> {
  const { files, uid, change } = what;
  const folders = FOLDERS.map((each) => join(files, each));
  await runProgram(specAs(uid, ['chmod', '--recursive', '--silent', change, ...folders]));
}

function specAs(uid: number | null, argv: readonly [string, ...string[]]): ProgramSpec {
  return { argv, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, uid, gid: uid };
}

function endOf(code: number | null, said: string | null): string {
  return `tar ended with ${code ?? 'a signal'}: ${said ?? 'it said nothing'}`;
}
