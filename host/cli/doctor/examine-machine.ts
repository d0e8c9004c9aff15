import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DoctorCheck } from '../../../protocol/schemas/doctor.ts';
import type { CliContext } from '../context.ts';
import { findProgram } from '../process/find-program.ts';
import { runProgram } from '../process/run-program.ts';
import { askEngine, connectEngine } from '../setup/engine-client.ts';
import { judgeDisk, judgeEngine, judgeGit, judgeNode, judgeSeparation, judgeSetpriv } from './judge.ts';

/** The PATH on which hived finds programs when it starts its services. */
const SERVICE_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The checks of the machine that need no hive. */
export async function examineMachine(context: CliContext): Promise<DoctorCheck[]> {
  const { settings } = context;
  const engine = await askEngine(settings.engineSocket);
  const keepsBoxes = engine.ok ? await asksToKeepBoxes(settings.engineSocket) : null;
  return [
    judgeNode(process.versions.node),
    judgeGit(await gitVersion(context)),
    judgeEngine({
      version: engine.ok ? engine.version : null,
      notPermitted: !engine.ok && engine.notPermitted,
      socket: settings.engineSocket,
      keepsBoxes,
    }),
    judgeDisk({ freeBytes: await freeBytes(settings.root), path: settings.root }),
    judgeSeparation(settings.privileged),
    ...(settings.privileged ? [judgeSetpriv(findProgram('setpriv', SERVICE_PATH))] : []),
  ];
}

async function asksToKeepBoxes(socket: string): Promise<boolean | null> {
  const info = (await connectEngine(socket)
    .info()
    .catch(() => null)) as { LiveRestoreEnabled?: boolean } | null;
  return info?.LiveRestoreEnabled ?? null;
}

async function gitVersion(context: CliContext): Promise<string | null> {
  const { childEnv } = context.settings;
  if (findProgram('git', childEnv['PATH'] ?? '') === null) return null;
  const { output } = await runProgram('git', { args: ['--version'], env: childEnv, signal: context.signal });
  return /\d+(\.\d+)+/.exec(output)?.[0] ?? null;
}

/** Free bytes on the disk of the hive's directory, which may not exist yet. */
async function freeBytes(root: string): Promise<number> {
  let path = root;
  while (!existsSync(path)) path = dirname(path);
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
