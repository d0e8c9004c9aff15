import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import { installPackage } from '../toolchain/install-package.ts';
import type { SetupContext } from './setup-context.ts';

/**
 * Whether the node that runs us can run in any glibc image: one that a distribution links against its own libraries, or
 * against musl, cannot; the same version is then downloaded from npm.
 */
export function decideNode(variables: Readonly<Record<string, unknown>>, glibc: string | undefined): 'copy' | 'fetch' {
  const shared = Object.entries(variables).some(([name, value]) => name.startsWith('node_shared') && value === true);
  return shared || glibc === undefined ? 'fetch' : 'copy';
}

interface Fetching {
  /** A temporary directory for npm. */
  readonly dir: string;
  /** The target path of the program. */
  readonly target: string;
}

/**
 * npm's integrity checksums of node, by version and processor: for versions that distributions link against their own
 * libraries. The download must match.
 */
const NODE_INTEGRITY: Readonly<Record<string, string>> = {
  '20.19.2 x64': 'sha512-nF7abjU3O5Sl6xlnpYj3w16l2yk7EwRHTH3AP7zcRu/fa2CnaKeSNCpBdMLv6oBA75xuLAS1ui4Q4Ffy1yGWqg==',
  '20.19.6 arm64': 'sha512-T28TZKZJ9yyf/ZZI1hVnzkvD3HhVrVe8O/5oSNO2WtlYVshqJrWuGnOOOk/7R3xF7psP2aVzHnbtQ1Q5UeWKmA==',
  '20.19.6 x64': 'sha512-nSaDjLjUZdsLMDckfinsQl+hvKifYUuzO7swyacVzrKAIi0ByaORSE1DpaRTjxfCq3mETV/3uTlKXStzd2nJWQ==',
  '20.20.2 arm64': 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  '20.20.2 x64': 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
  '22.21.1 x64': 'sha512-Iv42s19f0khP00BMvTqLbcqnDdqtoge5umA+jLF1UifntVKhzagRsemzWoYzaueQ8BTkyXDj7NSsOkjgcV+fEg==',
  '22.22.0 x64': 'sha512-IUPhYvEZMuxK5isuiosZwtFGZb7Q/M12pG3JrWF12azSAxSnAoRira5Nlt6FuWvxQJglRQVltLoBwPNPOUYXKw==',
  '24.12.0 x64': 'sha512-YlIBWctcYUkCj4iwBrlwP5b5ugaLRwfO6VCSkBzDk/IvQLAdeNDgTUu+jfI//DHJC3txokVqEJZYhluqcpT4QA==',
  '24.13.0 x64': 'sha512-aUuFIsiqSfiF6C0nQgrgoB4DBQJdjLsSFYmOKj2h/ALtq7GThFwokviHOrFichPUhDXqLhiLqGYMWyiaqo9wBA==',
};

/**
 * Throws `setup_failed` for a version without a known checksum: otherwise whatever a registry served would run in every
 * box.
 */
export function nodeIntegrity(version: string, arch: string): string {
  const known = NODE_INTEGRITY[`${version} ${arch}`];
  if (known !== undefined) return known;
  const versions = Object.keys(NODE_INTEGRITY)
    .filter((each) => each.endsWith(` ${arch}`))
    .map((each) => each.split(' ')[0]);
  throw new HiveError(
    'setup_failed',
    `This node (${version}, ${arch}) is linked against libraries of its distribution, so boxes cannot run it, and Hyperhive knows no checksum for another build of that version. Run it with a node from nodejs.org${versions.length === 0 ? '' : `, or with one of these versions: ${versions.join(', ')}`}.`,
  );
}

export async function fetchNode(context: SetupContext, fetching: Fetching): Promise<void> {
  const name = `node-linux-${process.arch}`;
  const version = process.versions.node;
  const integrity = nodeIntegrity(version, process.arch);
  const made = await installPackage(context, { dir: fetching.dir, name, version, integrity });
  await rename(join(made, 'bin/node'), fetching.target);
}

/** The npm that boxes have beside node. It bundles its own packages. */
export const NPM_VERSION = '10.9.4';
const NPM_INTEGRITY = 'sha512-OnUG836FwboQIbqtefDNlyR0gTHzIfwRfE3DuiNewBvnMnWEpB0VEXwBlFVgqpNzIgYo/MHh3d2Hel/pszapAA==';

export async function fetchNpm(context: SetupContext, fetching: Fetching): Promise<void> {
  const wanted = { dir: fetching.dir, name: 'npm', version: NPM_VERSION, integrity: NPM_INTEGRITY };
  const made = await installPackage(context, wanted);
  for (const name of ['npm', 'npx']) await chmod(join(made, `bin/${name}-cli.js`), 0o755);
  await rename(made, fetching.target);
}
