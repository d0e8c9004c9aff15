import { chmod, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths of the CLI's files. Both belong to the agent's user, so any program in its box can write there. */
export interface CliHome {
  /** CLAUDE_CONFIG_DIR: the sessions, and other files of the CLI. */
  readonly configDir: string;
  readonly mcpConfigPath: string;
  readonly mcpConfig: string;
}

/** The sessions. Continuing one needs no other file. */
const KEPT: ReadonlySet<string> = new Set(['projects']);

/**
 * Resets the CLI's directory and its MCP configuration before each start: the CLI takes environment variables from
 * `.claude.json` whatever its settings are, and agents, skills and notes from beside it. Only the sessions stay.
 * Throws the file system's error when something cannot be removed.
 */
export async function prepareHome(home: CliHome): Promise<void> {
  await makePlainDir(home.configDir);
  for (const name of await readdir(home.configDir)) if (!KEPT.has(name)) await remove(join(home.configDir, name));
  await remove(home.mcpConfigPath);
  // In a file and not in the CLI's arguments, which every process list shows.
  await writeFile(home.mcpConfigPath, home.mcpConfig, { mode: 0o600, flag: 'wx' });
}

/** A symlink in its place is removed and not followed: its target belongs to the agent. */
async function makePlainDir(dir: string): Promise<void> {
  const facts = await lstat(dir).catch(() => null);
  if (facts !== null && !facts.isDirectory()) await rm(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
}

async function remove(path: string): Promise<void> {
  // A process of the agent's may still write there: retry.
  await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'ENOTEMPTY') throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  });
}

/** Grants write and search permission, without which a directory's content cannot be deleted. */
async function openUp(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await openUp(join(dir, entry.name));
}
