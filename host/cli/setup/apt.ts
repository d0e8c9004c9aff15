import { HiveError } from '../../../protocol/errors.ts';
import { hideCredentials } from '../../../protocol/proxy.ts';
import { findProgram } from '../process/find-program.ts';
import { runProgram } from '../process/run-program.ts';
import type { SetupContext } from './setup-context.ts';

/** Whether packages can be installed without asking: as root, on Debian or a derivative. */
export function canInstallPackages(context: SetupContext): boolean {
  return context.settings.privileged && findProgram('apt-get', pathOf(context)) !== null;
}

/** Installs Debian packages. Throws `setup_failed` with what to type. */
export async function installPackages(context: SetupContext, packages: readonly string[]): Promise<void> {
  const env = { ...context.settings.childEnv, DEBIAN_FRONTEND: 'noninteractive' };
  const { signal } = context;
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  // Existing package lists are often good enough; with a stale or empty list the first try fails.
  const first = await runProgram('apt-get', { args: install, env, signal });
  if (first.code === 0) return;
  await runProgram('apt-get', { args: ['update', '-q'], env, signal });
  const second = await runProgram('apt-get', { args: install, env, signal });
  if (second.code !== 0)
    throw new HiveError(
      'setup_failed',
      `apt-get could not install ${packages.join(' ')}:\n${lastLines(second.output, 8)}\nType: apt-get update && apt-get install ${packages.join(' ')}`,
    );
}

export function pathOf(context: SetupContext): string {
  return context.settings.childEnv['PATH'] ?? '/usr/bin:/bin';
}

/**
 * The end of a program's output, for an error. Credentials in it are hidden: programs quote the proxy's URL with its
 * password.
 */
export function lastLines(text: string, count: number): string {
  return hideCredentials(text.trimEnd()).split('\n').slice(-count).join('\n');
}
