import { open, rm } from 'node:fs/promises';
import type { CheckCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { artifactName } from '../../protocol/schemas/check.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import {
  deleteArtifact,
  deleteOldestOfLargest,
  markStored,
  reserveArtifact,
  sumOfArtifacts,
  sumOfRun,
} from '../store/check-artifacts.ts';
import { findRun } from '../store/check-runs.ts';

export interface HandedOver {
  /** As the box says. */
  readonly name: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Keeps a file that the box of a running check hands over. Whatever runs in the box may call this: the name is text, the
 * bytes are counted while they come, and their file is named by its id alone. Throws `invalid_input`,
 * `payload_too_large`, `forge_quota`, `key_conflict` for a name that the run has, `wrong_state` when it does not run.
 */
export async function takeArtifact(core: ForgeCore, { run }: CheckCaller, given: HandedOver): Promise<void> {
  const { limits, places, db } = core;
  const name = artifactName.safeParse(given.name);
  if (!name.success) throw new HiveError('invalid_input', `The name of an artifact: ${name.error.issues[0]?.message}.`);
  if (given.bytes > limits.maxArtifactBytes)
    throw new HiveError('payload_too_large', `An artifact has at most ${limits.maxArtifactBytes} bytes.`);
  const reserve = db.transaction(() => takeRoom(core, { run, name: name.data, bytes: given.bytes }));
  const id = reserve.immediate();
  const path = places.artifactFile(id);
  try {
    await writeExactly(path, given);
    const isKept = db.transaction(() => isRunning(core, run) && markStored(db, id)).immediate();
    if (!isKept) throw notRunning();
  } catch (error) {
    deleteArtifact(db, id);
    await rm(path, { force: true });
    throw error;
  }
}

/** For new artifacts the oldest ones go of the owner who has most. Returns the id. */
function takeRoom(core: ForgeCore, { run, name, bytes }: { run: number; name: string; bytes: number }): number {
  const { db, limits } = core;
  if (!isRunning(core, run)) throw notRunning();
  const before = sumOfRun(db, run);
  if (before.files >= limits.maxArtifacts)
    throw new HiveError('forge_quota', `A run keeps ${limits.maxArtifacts} artifacts.`);
  if (before.bytes + bytes > limits.maxRunArtifactBytes)
    throw new HiveError('payload_too_large', `A run keeps ${limits.maxRunArtifactBytes} bytes of artifacts.`);
  while (sumOfArtifacts(db) + bytes > limits.allArtifactBytes)
    if (!deleteOldestOfLargest(db, run))
      throw new HiveError('forge_quota', 'There is no room for artifacts: other runs hand over theirs.');
  const id = reserveArtifact(db, { run, name, bytes, at: core.clock() });
  if (id === null) throw new HiveError('key_conflict', 'This run has an artifact of that name.');
  return id;
}

function isRunning({ db }: Pick<ForgeCore, 'db'>, run: number): boolean {
  return findRun(db, run)?.state === 'running';
}

function notRunning(): HiveError {
  return new HiveError('wrong_state', 'This run is over.');
}

/** Writes a new file. Throws `invalid_input` when there are more or fewer bytes than were announced. */
async function writeExactly(path: string, { bytes, content }: HandedOver): Promise<void> {
  // `x`: an id is used once.
  const file = await open(path, 'wx', 0o600);
  try {
    let left = bytes;
    for await (const chunk of content) {
      left -= chunk.byteLength;
      if (left < 0) break;
      await file.writeFile(chunk);
    }
    if (left !== 0) throw new HiveError('invalid_input', 'Announce the number of bytes that you send.');
  } finally {
    await file.close();
  }
}
