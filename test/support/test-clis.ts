import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliDir, cliInUse, cliProgram } from '../../protocol/cli-places.ts';

/** The directory where `npm test` put node, the harness and the real CLIs. */
export const TEST_TOOLCHAIN =
  process.env['HIVE_TEST_TOOLCHAIN'] ?? join(import.meta.dirname, '../../.cache/test-toolchain');

/** The program of a real CLI within a toolchain, in the version in use. It may be missing, if no set-up was run. */
export function programOf(cli: string): string {
  const stamp = join(TEST_TOOLCHAIN, cliInUse(cli));
  const version = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : 'absent';
  return cliProgram(cliDir({ cli, version }), cli);
}

/** The same on this machine, for tests without boxes. */
export function testCli(cli: string): string {
  return join(TEST_TOOLCHAIN, programOf(cli));
}
