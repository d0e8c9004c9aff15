import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BOX_PATHS, boxStateDir } from '../../../protocol/box-paths.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { AccountFile } from './place.ts';

/** The user described by the account files. Groups and limits are the box's. */
export interface Account {
  readonly name: AgentName;
  readonly uid: number;
  readonly gid: number;
  /** The group of /shared; the agent's own group when hived is not root. */
  readonly sharedGroup: number;
  /**
   * The limit of processes and threads for the agent's commands, with the harness and the CLI counted; null: no own
   * limit.
   */
  readonly commandPids: number | null;
}

/** Processes and threads of a box that commands cannot take: enough to start the CLI and a shell again. */
export const RESERVED_PIDS = 24;

/**
 * Writes the account files of a box (mounted read-only over the image's own) into `dir`, which belongs to hived alone.
 * An unchanged file is not rewritten: running boxes hold it open. Idempotent.
 */
export async function writeAccountFiles(dir: string, account: Account): Promise<void> {
  for (const [file, text] of Object.entries(composeAccountFiles(account))) {
    const path = join(dir, file);
    if ((await readFile(path, 'utf8').catch(() => null)) === text) continue;
    await writeFile(`${path}.new`, text);
    // hived's umask makes files private; these are for the agent.
    await chmod(`${path}.new`, 0o644);
    await rename(`${path}.new`, path);
  }
}

/**
 * The system users are those that Debian and most images share; other owners of an image's files are shown by number.
 * No `safe.directory`: a repository made by another agent may name programs in its configuration (docs/decisions/0017).
 */
export function composeAccountFiles(account: Account): Record<AccountFile, string> {
  const { name, uid, gid, sharedGroup } = account;
  const shared = sharedGroup === gid ? '' : `hive-shared:x:${sharedGroup}:${name}\n`;
  return {
    passwd: `root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n${name}:x:${uid}:${gid}:${name}:${boxStateDir(name)}:/bin/bash\n`,
    group: `root:x:0:\nnogroup:x:65534:\n${name}:x:${gid}:\n${shared}`,
    gitconfig: `[user]\n\tname = ${name}\n\temail = ${name}@hive.local\n[init]\n\tdefaultBranch = main\n[include]\n\tpath = ${BOX_PATHS.secrets}/.gitconfig\n`,
    'bash-env': composeBashEnv(account),
  };
}

/**
 * Read by every bash that runs a command (BASH_ENV). It makes the command and its children the first that the kernel
 * kills when memory is short, and the first that are refused when processes are: the CLI and the harness keep running.
 * An agent that disables it harms only itself. Node's own fetch uses the proxy of the environment only when it is told
 * to; the harness must not.
 */
function composeBashEnv({ commandPids }: Account): string {
  const limit = commandPids === null ? '' : `ulimit -u ${commandPids} 2>/dev/null\n`;
  return `umask 002\nexport NODE_USE_ENV_PROXY=1\n{ echo 1000 > /proc/$$/oom_score_adj; } 2>/dev/null\n${limit}true\n`;
}
