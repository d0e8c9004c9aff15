import { HiveError } from '../../../../protocol/errors.ts';
import type { RepoName } from '../../../../protocol/names.ts';
import type { forgeSurface } from '../../../../protocol/operations/services.ts';
import { SKILL_FILE, SKILL_NAME } from '../../../../protocol/told/skills.ts';
import type { SurfaceClient } from '../../../../wire/client.ts';
import type { DocsGeneration } from '../../node/docs-skills.ts';
import { DOCS_BOUNDS, PART_NAME } from './policy/bounds.ts';

export const DOCS = { owner: 'shared' as const, name: 'docs' as RepoName };
const SKILLS_DIR = 'skills';

type Forge = Pick<SurfaceClient<typeof forgeSurface>, 'call'>;
type File = DocsGeneration['files'][number];
type Skipped = DocsGeneration['skipped'][number];
const NONE: DocsGeneration = { commit: null, files: [], skipped: [] };

/** The newest commit of the docs; null: they have no skills. Throws what the forge throws when it is away. */
export async function findCommit(forge: Forge, signal: AbortSignal): Promise<string | null> {
  return (await readDir(forge, signal, { path: SKILLS_DIR }))?.commit ?? null;
}

/**
 * Reads the skills of the shared docs at their newest commit, through the forge: git runs there, as its user. Texts in
 * regular files only; a skill with anything else, or beyond the bounds, is left out whole.
 */
export async function readDocs(forge: Forge, signal: AbortSignal): Promise<DocsGeneration> {
  const top = await readDir(forge, signal, { path: SKILLS_DIR });
  if (top === null) return NONE;
  const { commit } = top;
  const files: File[] = [];
  const skipped: Skipped[] = [];
  let bytes = 0;
  const names = top.entries.filter(({ kind }) => kind === 'directory').map(({ name }) => name);
  for (const [index, name] of names.toSorted().entries()) {
    const skill = index < DOCS_BOUNDS.skills ? await readSkill(forge, signal, { commit, name }) : TOO_MANY;
    if ('why' in skill) skipped.push({ name, why: skill.why });
    else if (bytes + skill.bytes > DOCS_BOUNDS.bytes) skipped.push({ name, why: TOO_LARGE });
    else {
      bytes += skill.bytes;
      files.push(...skill.files);
    }
  }
  return { commit, files, skipped };
}

const TOO_MANY = { why: `only the first ${DOCS_BOUNDS.skills} are taken over` };
const TOO_LARGE = `the skills of the docs may have ${DOCS_BOUNDS.bytes / 1024 / 1024} MiB together`;

type Read = { readonly files: readonly File[]; readonly bytes: number } | { readonly why: string };

async function readSkill(
  forge: Forge,
  signal: AbortSignal,
  { commit, name }: { commit: string; name: string },
): Promise<Read> {
  if (!SKILL_NAME.test(name)) return { why: 'the name of a directory has small letters, digits and "-", at most 64' };
  const listed = await listFiles(forge, signal, { commit, name });
  if ('why' in listed) return listed;
  if (!listed.paths.includes(`${name}/${SKILL_FILE}`)) return { why: `it has no file ${SKILL_FILE}` };
  const files: File[] = [];
  for (const path of listed.paths) {
    const { text } = await forge.call(
      'readRepoFile',
      { ...DOCS, ref: commit, path: `${SKILLS_DIR}/${path}` },
      { signal },
    );
    if (text === null) return { why: `${path} is no text in UTF-8` };
    files.push({ path, text });
  }
  return { files, bytes: files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) };
}

async function listFiles(
  forge: Forge,
  signal: AbortSignal,
  { commit, name }: { commit: string; name: string },
): Promise<{ readonly paths: readonly string[] } | { readonly why: string }> {
  const paths: string[] = [];
  const dirs = [name];
  // Grows while it is walked.
  for (const [index, dir] of dirs.entries()) {
    if (index >= DOCS_BOUNDS.directoriesPerSkill)
      return { why: `it has more than ${DOCS_BOUNDS.directoriesPerSkill} directories` };
    const read = await readDir(forge, signal, { path: `${SKILLS_DIR}/${dir}`, ref: commit });
    if (read === null) return { why: `${dir} cannot be read` };
    for (const entry of read.entries) {
      const path = `${dir}/${entry.name}`;
      if (!PART_NAME.test(entry.name))
        return {
          why: `${JSON.stringify(path)}: names have letters, digits, "_", "-" and "." and do not begin with "."`,
        };
      if (entry.kind === 'directory') dirs.push(path);
      else if (entry.kind !== 'file') return { why: `${path} is no file, but a ${entry.kind}` };
      else if ((entry.size ?? Infinity) > DOCS_BOUNDS.bytesPerFile)
        return { why: `${path} is larger than ${DOCS_BOUNDS.bytesPerFile / 1024} KiB` };
      else paths.push(path);
    }
    if (read.leftOut > 0 || paths.length > DOCS_BOUNDS.filesPerSkill)
      return { why: `it has more than ${DOCS_BOUNDS.filesPerSkill} files` };
  }
  return { paths };
}

/** Null: there is no such repository or directory. */
async function readDir(forge: Forge, signal: AbortSignal, at: { path: string; ref?: string }) {
  try {
    return await forge.call('readTree', { ...DOCS, ...at }, { signal });
  } catch (error) {
    if (error instanceof HiveError && (error.code === 'unknown_repo' || error.code === 'not_found')) return null;
    throw error;
  }
}
