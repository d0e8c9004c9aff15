import { open } from 'node:fs/promises';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { CheckArtifact } from '../../protocol/schemas/check.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { findArtifact } from '../store/check-artifacts.ts';
import { openRun, type RunPath } from './look-at-checks.ts';

export interface ArtifactPage {
  readonly artifact: CheckArtifact;
  readonly bytes: Buffer;
}

/** A part of an artifact's bytes. Throws `unknown_repo`, `not_found`. */
export async function readArtifact(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: RunPath & { readonly artifact: number; readonly offset: number; readonly limit: number },
): Promise<ArtifactPage> {
  const { run } = await openRun(core, caller, { ...wanted, action: 'look' });
  const artifact = findArtifact(core.db, { run: run.id, id: wanted.artifact });
  const gone = () => new HiveError('not_found', `Run ${run.id} has no artifact ${wanted.artifact} (any more).`);
  if (artifact === null) throw gone();
  const file = await open(core.places.artifactFile(artifact.id), 'r').catch(() => null);
  if (file === null) throw gone();
  try {
    const length = Math.max(0, Math.min(wanted.limit, artifact.bytes - wanted.offset));
    const bytes = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, wanted.offset + filled);
      if (bytesRead === 0) throw gone();
      filled += bytesRead;
    }
    return { artifact, bytes };
  } finally {
    await file.close();
  }
}
