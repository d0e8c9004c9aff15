import { readdir, rm } from 'node:fs/promises';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { deleteArtifactsBefore, deleteUnstored, isArtifact } from '../store/check-artifacts.ts';

/** After a start: what a killed forge was receiving is lost; whoever sent it sends it again. */
export function dropUnstored({ db }: Pick<ForgeCore, 'db'>): void {
  deleteUnstored(db);
}

/** Deletes artifacts by age, and every file whose row is gone: by age, for new ones, or with its repository. */
export async function forgetOldArtifacts({
  db,
  clock,
  limits,
  places,
}: Pick<ForgeCore, 'db' | 'clock' | 'limits' | 'places'>): Promise<void> {
  deleteArtifactsBefore(db, clock() - limits.keepArtifactsMs);
  // Each file is younger than its row.
  for (const name of await readdir(places.artifacts)) {
    const id = /^\d{1,15}$/.test(name) ? Number(name) : null;
    if (id !== null && !isArtifact(db, id)) await rm(places.artifactFile(id), { force: true });
  }
}
