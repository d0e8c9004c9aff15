import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyDir } from '../process/empty-dir.ts';

/** The CLI's directory and its files. They belong to the agent's user, so any program in its box can write there. */
export interface OpencodeHome {
  readonly dir: string;
  readonly config: object;
  readonly plugin: string;
}

export function pluginPath(dir: string): string {
  return join(dir, 'config/opencode/plugin/hive.js');
}

/** The database of the sessions, and its journals. */
const DATABASE = /^opencode.*\.db(?:-wal|-shm)?$/;
/** A package that the CLI would install from npm's registry at each start, for plugins with types. Ours has none. */
const SDK = { '@opencode-ai/plugin': '*' };

/**
 * Writes the CLI's directory anew, so that nothing in it is the agent's: only the sessions stay. Throws the file
 * system's error when something cannot be removed or written.
 */
export async function prepareHome({ dir, config, plugin }: OpencodeHome): Promise<void> {
  await emptyDir(dir, new Set(['data']));
  await emptyDir(join(dir, 'data'), new Set(['opencode']));
  const data = join(dir, 'data', 'opencode');
  await emptyDir(data, new Set((await readdir(data).catch(() => [])).filter((name) => DATABASE.test(name))));
  const settings = join(dir, 'config', 'opencode');
  for (const name of ['state', 'cache', 'home', 'config/opencode/plugin'])
    await mkdir(join(dir, name), { recursive: true });
  // Installed, as far as the CLI sees.
  await mkdir(join(settings, 'node_modules'));
  const lock = { lockfileVersion: 3, packages: { '': { dependencies: SDK } } };
  for (const [name, content] of Object.entries({
    'package.json': JSON.stringify({ dependencies: SDK }),
    'package-lock.json': JSON.stringify(lock),
    'opencode.json': JSON.stringify(config),
  }))
    await writeFile(join(settings, name), content, { mode: 0o600, flag: 'wx' });
  await writeFile(pluginPath(dir), plugin, { flag: 'wx' });
}
