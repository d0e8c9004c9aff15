import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyDir } from '../process/empty-dir.ts';
import { composeGuard } from './guard.ts';
import { POLICY } from './settings.ts';

/** Paths and contents of the CLI's files. They belong to the agent's user, so any program in its box can write there. */
export interface GeminiHome {
  /** GEMINI_CLI_HOME. */
  readonly dir: string;
  readonly guardPath: string;
  readonly promptPath: string;
  readonly settings: object;
  readonly systemPrompt: string;
}

/** The sessions are in `tmp/<project>/chats`; `projects.json` has the project of each directory. */
const KEPT: ReadonlySet<string> = new Set(['tmp', 'projects.json']);
const CHATS = 'chats';
const KEPT_SESSION = 'session-kept-';
const SESSION = /^session-(?!kept-)(.+\.jsonl?)$/;

/**
 * Writes the CLI's directory anew, so that nothing in it is the agent's: only the sessions stay. Throws the file
 * system's error when something cannot be removed or written.
 */
export async function prepareHome(home: GeminiHome): Promise<void> {
  await emptyDir(home.dir, new Set(['.gemini']));
  const dir = join(home.dir, '.gemini');
  await emptyDir(dir, KEPT);
  const projects = join(dir, 'tmp');
  await emptyDir(projects, new Set(await readdir(projects).catch(() => [])));
  for (const project of await readdir(projects)) {
    await emptyDir(join(projects, project), new Set([CHATS]));
    await keepSessions(join(projects, project, CHATS));
  }
  await mkdir(join(dir, 'policies'));
  await writeFile(join(dir, 'policies', 'hive.toml'), POLICY, { flag: 'wx' });
  await writeFile(join(dir, 'settings.json'), JSON.stringify(home.settings), { mode: 0o600, flag: 'wx' });
  await writeFile(home.promptPath, home.systemPrompt, { flag: 'wx' });
  await writeFile(home.guardPath, composeGuard(home.dir), { flag: 'wx' });
}

/**
 * Gives each session's file a name that the CLI does not give: it names a new one by the minute and the session, begins
 * one before it loads a session, and would overwrite the session that it began in this minute. Its terminal interface gives
 * the one that it begins the ID of the session that it loads, and writes the conversation to the older file: with both, the
 * session could not be loaded again, so the newer one is removed.
 */
async function keepSessions(chats: string): Promise<void> {
  const names = await readdir(chats).catch(() => []);
  const kept = new Set(names.filter((name) => name.startsWith(KEPT_SESSION)).map(sessionOf));
  for (const name of names) {
    const rest = SESSION.exec(name)?.[1];
    if (rest === undefined) continue;
    if (kept.has(sessionOf(name))) await rm(join(chats, name));
    else await rename(join(chats, name), join(chats, `${KEPT_SESSION}${rest}`));
  }
}

/** The part of a file's name that stands for its session: the beginning of the ID. */
function sessionOf(name: string): string {
  return name.slice(name.lastIndexOf('-') + 1).replace(/\.jsonl?$/, '');
}
