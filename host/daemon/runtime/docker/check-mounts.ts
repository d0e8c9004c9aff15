import { realpath } from 'node:fs/promises';
import { isAbsolute, normalize, sep } from 'node:path';
import { HiveError } from '../../../../protocol/errors.ts';

/** A mount of a plan, its place resolved to a path of the engine's machine. */
export interface BindMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Targets of the engine's own mounts, which a plan must not use. */
const ENGINE_TARGETS = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/**
 * Throws `runtime_failed` unless every mount is as declared: its source exists and neither it nor a directory above it
 * is a symbolic link, none contains the engine's socket, targets are plain paths. Checked before a box is made; the
 * directories above the sources belong to hived alone, so that no agent can change what was checked.
 */
export async function checkMounts(mounts: readonly BindMount[], engineSocket: string): Promise<void> {
  const socket = await realpath(engineSocket).catch(() => normalize(engineSocket));
  const targets = new Set<string>();
  for (const mount of mounts) {
    if (!isPlain(mount.source)) refuse(mount.source, 'is not a plain absolute path');
    if (!isPlain(mount.target) || ENGINE_TARGETS.some((taken) => isWithin(mount.target, taken)))
      refuse(mount.source, `cannot be mounted at ${mount.target}`);
    if (targets.has(mount.target)) refuse(mount.source, `is the second mount at ${mount.target}`);
    targets.add(mount.target);
    const real = await realpath(mount.source).catch(() => refuse(mount.source, 'is not there'));
    if (real !== mount.source) refuse(mount.source, `is reached by a symbolic link; it is really ${real}`);
    if (isWithin(socket, real)) refuse(mount.source, "holds the container engine's socket");
  }
}

/** Absolute, without `..`, doubled or trailing slashes, and not the root itself. */
function isPlain(path: string): boolean {
  return isAbsolute(path) && path !== sep && normalize(path) === path && !path.endsWith(sep) && !path.includes('\0');
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function refuse(source: string, why: string): never {
  throw new HiveError('runtime_failed', `The box cannot be made: the mount source ${source} ${why}.`, {
    details: { source },
  });
}
