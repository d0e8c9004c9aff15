import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DRIVERS, type DriverName } from '../../../protocol/drivers/drivers.ts';

/** The version of the toolchain for each driver, as one word. */
export type ToolchainVersions = (driver: DriverName) => string;

/**
 * The present versions in the toolchain: of the driver's own program, if it needs one, of node and of the harness
 * bundle. Read at each call, since a set-up may renew the toolchain while hived runs: a box made before that is
 * outdated. Within one call each driver's files are read once.
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
