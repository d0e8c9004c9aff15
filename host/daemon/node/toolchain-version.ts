import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cliInUse, type CliVersion } from '../../../protocol/cli-places.ts';
import { DRIVERS, type DriverName } from '../../../protocol/drivers/drivers.ts';

/** What a new box gets from the toolchain. */
interface ToolchainVersion {
  /** Its versions as one word: a box made with another one is outdated. */
  readonly mark: string;
  /** The driver's CLI in the version in use; null if it needs none, or there is none. */
  readonly cli: CliVersion | null;
}

/** What the boxes of a driver's agents get from the toolchain. */
export type ToolchainVersions = (driver: DriverName) => ToolchainVersion;

/**
 * The present versions in the toolchain: of the driver's own program, if it needs one, of node and of the harness
 * bundle. Read at each call, since a set-up may renew the toolchain while hived runs: a box made before that is
 * outdated. Within one call each driver's files are read once.
 */
export function readToolchainVersions(toolchain: string): ToolchainVersions {
  const known = new Map<DriverName, ToolchainVersion>();
  const mark = (...file: string[]) =>
    attempt(() => {
      const { mtimeMs, size } = statSync(join(toolchain, ...file));
      return `${Math.round(mtimeMs)}-${size}`;
    });
  const read = (driver: DriverName): ToolchainVersion => {
    const parts = [mark('harness', 'harness.mjs'), mark('node', 'bin', 'node')].map((each) => each ?? 'absent');
    const { cli } = DRIVERS[driver];
    if (cli === null) return { mark: parts.join(' '), cli: null };
    const version = attempt(() => readFileSync(join(toolchain, cliInUse(cli)), 'utf8').trim());
    return {
      mark: [version ?? 'absent', ...parts].join(' '),
      cli: version === null || !VERSION.test(version) ? null : { cli, version },
    };
  };
  return (driver) => {
    const version = known.get(driver) ?? read(driver);
    known.set(driver, version);
    return version;
  };
}

/** It becomes part of a path. */
const VERSION = /^\d[\w.+-]*$/;

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
