import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What boxes see at /opt/hive, as one word: the CLI's version, and which node and harness bundle. Read at each use,
 * since a set-up may renew the toolchain under a running hived; a box made before that is outdated.
 */
export function toolchainVersion(toolchain: string): string {
  const cli = attempt(() => readFileSync(join(toolchain, 'claude', 'version'), 'utf8').trim());
  const mark = (...file: string[]) =>
    attempt(() => {
      const { mtimeMs, size } = statSync(join(toolchain, ...file));
      return `${Math.round(mtimeMs)}-${size}`;
    });
  return `${cli} ${mark('harness', 'harness.mjs')} ${mark('node', 'bin', 'node')}`;
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return 'absent';
  }
}
