/**
 * Skills of the hive: directories with a file SKILL.md, as agentskills.io describes them, that the operator puts into
 * `<root>/skills`. Every box has them read-only.
 */
export const SKILL_FILE = 'SKILL.md';
/** Bounds for their reader. The first ones by name are offered. */
export const SKILL_BOUNDS = { maxBytes: 256 * 1024, most: 100 } as const;

/** A skill as it is listed for a model, which then reads its file. */
export interface Skill {
  /** The name of its directory. */
  readonly name: string;
  readonly description: string;
}

export interface Skills {
  readonly offered: readonly Skill[];
  /** Directories with a file that describes no skill, and why it is not offered. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

export const NO_SKILLS: Skills = { offered: [], skipped: [] };

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** The limit of the description of Agent Skills. */
const MOST_CHARS = 1_024;

/** Reads the files' heads. A null is a file that could not be read. */
export function readSkills(files: readonly { name: string; text: string | null }[]): Skills {
  const offered: Skill[] = [];
  const skipped: { name: string; why: string }[] = [];
  for (const { name, text } of files) {
    const description = text === null ? null : describe(text);
    const why = whyNot(name, { text, description });
    if (why !== null) skipped.push({ name, why });
    else offered.push({ name, description: description ?? '' });
  }
  return { offered, skipped };
}

function whyNot(name: string, found: { text: string | null; description: string | null }): string | null {
  if (!NAME.test(name)) return 'the name of a directory has small letters, digits and "-", at most 64';
  if (found.text === null) return `${SKILL_FILE} cannot be read, is a link, or is larger than 256 KiB`;
  if (found.description === null || found.description === '')
    return `${SKILL_FILE} begins with no head ("---") that has a description`;
  return found.description.length > MOST_CHARS ? `its description is longer than ${MOST_CHARS} characters` : null;
}

/** The description from the head of the file, on one line; null without one. */
function describe(text: string): string | null {
  const head = /^---[ \t]*\r?\n([^]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text.replace(/^\uFEFF/, ''))?.[1];
  if (head === undefined) return null;
  const lines = head.split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith('description:'));
  if (at === -1) return null;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => /^\S/.test(line));
  // A YAML text goes on in indented lines; ">" and "|" only say how.
  const first = (lines[at] ?? '').slice('description:'.length).trim();
  const whole = [/^[>|][+-]?$/.test(first) ? '' : first, ...rest.slice(0, end === -1 ? undefined : end)];
  return unquote(whole.join(' ').replaceAll(/\s+/g, ' ').trim());
}

function unquote(text: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(text) ?? [];
  if (inner === undefined) return text;
  return quote === "'" ? inner.replaceAll("''", "'") : inner.replaceAll(/\\(["\\])/g, '$1');
}
