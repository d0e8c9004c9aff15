import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HiveError } from '../../../protocol/errors.ts';
import { runProgram } from '../process/run-program.ts';
import { lastLines } from '../setup/apt.ts';
import type { Settings } from '../config.ts';

/** What a download needs of its command. */
export interface Downloading {
  readonly settings: Pick<Settings, 'childEnv'>;
  readonly signal: AbortSignal;
}

/**
 * Downloads one package from npm into `dir`, verifies it against the known checksum (`sha512-…`), and returns the
 * directory with exactly the package's files, readable by all. npm only downloads: it resolves no dependencies, because
 * what the registry says about them is in no checksum, and runs no scripts. Throws `setup_failed` when the package
 * cannot be had, or is another one.
 */
export async function installPackage(
  downloading: Downloading,
  wanted: { dir: string; name: string; version: string; integrity: string },
): Promise<string> {
  const { dir, name, version } = wanted;
  const title = `${name}@${version}`;
  const archive = await download(downloading, { into: join(dir, 'download'), title });
  if ((await integrityOf(archive)) !== wanted.integrity)
    throw new HiveError(
      'setup_failed',
      `${title} is not the package that was tried (its checksum differs), so it was not installed. Check your npm registry.`,
    );
  const made = join(dir, 'package');
  await unpack(downloading, { archive, made, title });
  await openToAll(made);
  return made;
}

/** The path of the package's archive. */
async function download(downloading: Downloading, { into, title }: { into: string; title: string }): Promise<string> {
  await mkdir(into, { recursive: true });
  const args = ['pack', title, '--pack-destination', into, '--ignore-scripts', '--loglevel=warn'];
  const { code, output } = await run('npm', args, { downloading, cwd: into });
  if (code !== 0)
    throw new HiveError(
      'setup_failed',
      `npm could not download ${title}:\n${lastLines(output, 6)}\nRun the same command again when the npm registry can be reached.`,
    );
  const [archive] = (await readdir(into)).filter((file) => file.endsWith('.tgz'));
  if (archive === undefined) throw new HiveError('setup_failed', `npm downloaded no archive of ${title}.`);
  return join(into, archive);
}

/** In npm's notation. */
async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}

/** An archive of npm has its files in one directory. */
async function unpack(
  downloading: Downloading,
  { archive, made, title }: { archive: string; made: string; title: string },
): Promise<void> {
  await mkdir(made);
  // The times of files in an archive of npm say nothing; hived tells versions of node apart by theirs.
  const how = ['--strip-components=1', '--no-same-owner', '--no-same-permissions', '--touch'];
  const args = ['--extract', '--gzip', '--file', archive, '--directory', made, ...how];
  const { code, output } = await run('tar', args, { downloading, cwd: made });
  if (code !== 0) throw new HiveError('setup_failed', `${title} could not be unpacked:\n${lastLines(output, 6)}`);
}

function run(program: string, args: string[], { downloading, cwd }: { downloading: Downloading; cwd: string }) {
  const { settings, signal } = downloading;
  return runProgram(program, { args, env: settings.childEnv, signal, cwd });
}

/** Boxes read it as other users, whatever the umask of the operator's shell. */
export async function openToAll(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}
