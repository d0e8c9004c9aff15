import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionFile, SessionFiles } from '../driver.ts';

/** The files of Claude Code's sessions: `projects/<directory>/<id>.jsonl`, and what belongs to one beside it. */
export interface ClaudeSessionFiles extends SessionFiles {
  /**
   * Whether a session's file contains an exchange as a whole line. A power failure may cost the end of a file; the CLI
   * does not notice, and continues from an earlier point. Null when there is no such file.
   */
  holds(id: string, mark: string): Promise<boolean | null>;
}

const ENDING = '.jsonl';
/** What is searched at once, from the end of the file backwards; an exchange's own line may be longer. */
const BLOCK_BYTES = 1_048_576;

export function createSessionFiles(configDir: string): ClaudeSessionFiles {
  const projects = join(configDir, 'projects');

  /** The paths of all files of sessions. */
  async function paths(): Promise<{ dir: string; id: string }[]> {
    const dirs = await readdir(projects, { withFileTypes: true }).catch(() => []);
    const found = await Promise.all(
      dirs
        .filter((entry) => entry.isDirectory())
        .map(async ({ name }) => {
          const dir = join(projects, name);
          const files = await readdir(dir, { withFileTypes: true }).catch(() => []);
          return files
            .filter((file) => file.isFile() && file.name.endsWith(ENDING))
            .map((file) => ({ dir, id: file.name.slice(0, -ENDING.length) }));
        }),
    );
    return found.flat();
  }

  return {
    async list() {
      const files = await Promise.all(
        (await paths()).map(async ({ dir, id }): Promise<SessionFile | null> => {
          const facts = await stat(join(dir, id + ENDING)).catch(() => null);
          return facts === null ? null : { id, bytes: facts.size, at: Math.round(facts.mtimeMs) };
        }),
      );
      return files.filter((file) => file !== null);
    },
    async sizeOf(id) {
      const file = (await paths()).find((one) => one.id === id);
      if (file === undefined) return null;
      return (await stat(join(file.dir, id + ENDING)).catch(() => null))?.size ?? null;
    },
    async remove(ids) {
      const gone = new Set(ids);
      for (const { dir, id } of await paths()) {
        if (!gone.has(id)) continue;
        await rm(join(dir, id + ENDING), { force: true });
        await rm(join(dir, id), { recursive: true, force: true });
      }
    },
    async holds(id, mark) {
      const found = (await paths()).filter((file) => file.id === id);
      if (found.length === 0) return null;
      const held = await Promise.all(found.map(({ dir }) => contains(join(dir, id + ENDING), `"uuid":"${mark}"`)));
      return held.includes(true);
    },
  };
}

/** Whether a file has a complete line with this ASCII text. */
async function contains(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const { size } = await file.stat();
    const needle = Buffer.from(text);
    let after = Buffer.alloc(0);
    let lineEnds = false;
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - BLOCK_BYTES);
      const block = Buffer.alloc(end - start);
      await file.read(block, 0, block.length, start);
      // The text may cross the border of two blocks.
      const joined = Buffer.concat([block, after.subarray(0, needle.length - 1)]);
      const at = joined.lastIndexOf(needle);
      if (at !== -1) return lineEnds || joined.indexOf(0x0a, at) !== -1;
      lineEnds ||= block.includes(0x0a);
      after = block;
      end = start;
    }
    return false;
  } finally {
    await file.close();
  }
}
