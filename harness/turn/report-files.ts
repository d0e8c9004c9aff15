import type { SessionFiles } from '../driver/driver.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';

/** The most files of one report. Of more, the newest come first, each report being incomplete. */
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
    const all = (await files.list()).toSorted((a, b) => b.at - a.at);
    const complete = all.length <= MOST_FILES;
    for (let start = 0; start === 0 || start < all.length; start += MOST_FILES) {
      const sessions = all.slice(start, start + MOST_FILES);
      const { remove } = await hive.call('reportSessions', { bootId, sessions, complete }, { signal });
      if (remove.length > 0) await files.remove(remove);
    }
  } catch (error) {
    if (!signal.aborted) log(`the conversations' files could not be looked after: ${String(error)}`);
  }
}
