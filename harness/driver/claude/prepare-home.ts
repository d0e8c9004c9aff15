import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyDir, removeAll } from '../process/empty-dir.ts';
import { KEY_IN_BOX } from '../key-in-box.ts';

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
  await emptyDir(home.configDir, KEPT);
  await removeAll(home.mcpConfigPath);
  // In a file and not in the CLI's arguments, which every process list shows.
  await writeFile(home.mcpConfigPath, home.mcpConfig, { mode: 0o600, flag: 'wx' });
}

/**
 * Answers, before a person's terminal, what the CLI asks at its first start: colours, terms, whether the directory is
 * trusted and whether the key of the environment may be used. Call it after `prepareHome`; its next call removes this.
 */
export async function welcomePerson({ configDir }: CliHome, cwd: string): Promise<void> {
  const answers = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    bypassPermissionsModeAccepted: true,
    customApiKeyResponses: { approved: [KEY_IN_BOX], rejected: [] },
    projects: { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
  };
  await writeFile(join(configDir, '.claude.json'), JSON.stringify(answers), { mode: 0o600, flag: 'wx' });
}
