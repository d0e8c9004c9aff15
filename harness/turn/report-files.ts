import type { SessionFiles } from '../driver/driver.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';

/** The most files of one report; the oldest are left for the next one. */
const MOST_FILES = 500;

/**
 * Tells hived which files of conversations there are, and deletes those that it names. Failures are logged: the next
 * report does the rest.
 */
export async function reportFiles(parts: {
  hive: HiveClient;
  bootId: string;
  files: SessionFiles | undefined;
  log: (line: string) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { hive, bootId, files, log, signal } = parts;
  if (files === undefined) return;
  try {
    const sessions = (await files.list()).toSorted((a, b) => a.at - b.at).slice(0, MOST_FILES);
    const { remove } = await hive.call('reportSessions', { bootId, sessions }, { signal });
    for (const id of remove) await files.remove(id);
  } catch (error) {
    if (!signal.aborted) log(`the conversations' files could not be looked after: ${String(error)}`);
  }
}
