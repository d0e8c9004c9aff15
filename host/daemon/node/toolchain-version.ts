import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVERS, type DriverName } from '../../../protocol/drivers/drivers.ts';

/** What a box of each driver has at /opt/hive, as one word. */
export type ToolchainVersions = (driver: DriverName) => string;

/**
 * The versions of what lies in the toolchain now: of the driver's own program, if it needs one, of node and of the harness
 * bundle. Read at each look, since a set-up may renew the toolchain under a running hived: a box made before that is outdated.
 * Within one look each driver's files are read once.
 */
export function readToolchainVersions(toolchain: string): ToolchainVersions {
  const known = new Map<DriverName, string>();
  const mark = (...file: string[]) =>
    attempt(() => {
      const { mtimeMs, size } = statSync(join(toolchain, ...file));
      return `${Math.round(mtimeMs)}-${size}`;
    });
  const read = (driver: DriverName) => {
    const program = DRIVERS[driver].toolchain;
    const parts = [mark('harness', 'harness.mjs'), mark('node', 'bin', 'node')];
    if (program !== null) parts.unshift(attempt(() => readFileSync(join(toolchain, program.stamp), 'utf8').trim()));
    return parts.join(' ');
  };
  return (driver) => {
    const version = known.get(driver) ?? read(driver);
    known.set(driver, version);
    return version;
  };
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return 'absent';
  }
}
