import * as z from 'zod';

/**
 * Skills of the hive: directories with a file SKILL.md, as agentskills.io describes them. The operator puts them into
 * `<root>/skills`; further ones are in the repository shared/docs, below skills/, from where hived takes them over. Every
 * box has both read-only.
 */
export const SKILL_FILE = 'SKILL.md';
/** Bounds for their reader. The first ones by name are offered. */
export const SKILL_BOUNDS = { maxBytes: 256 * 1024, most: 100 } as const;

/** Who offers a skill: the operator, or the shared docs. */
export const SKILL_SOURCES = ['operator', 'docs'] as const;
export type SkillSource = (typeof SKILL_SOURCES)[number];

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

/** The skills of all sources. */
export interface HiveSkills {
  readonly offered: readonly (Skill & { readonly from: SkillSource })[];
  readonly skipped: readonly { readonly name: string; readonly from: SkillSource; readonly why: string }[];
}

export const NO_SKILLS: HiveSkills = { offered: [], skipped: [] };

/** The names of skills. */
export const SKILL_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** The limit of the description of Agent Skills. */
const MOST_CHARS = 1_024;

/** Other fields of Agent Skills are for whoever reads the file. */
const headFields = z.looseObject({ description: z.string() });

/** Reads the head of a file, a YAML map between lines of "---"; null without one, or why it cannot be read. */
export type ReadHead = (text: string) => { readonly value: unknown } | { readonly why: string } | null;

/** Reads the files' heads. A null is a file that could not be read. */
export function readSkills(files: readonly { name: string; text: string | null }[], readHead: ReadHead): Skills {
  const offered: Skill[] = [];
  const skipped: { name: string; why: string }[] = [];
  for (const { name, text } of files) {
    const read = SKILL_NAME.test(name)
      ? describe(text, readHead)
      : { why: 'the name of a directory has small letters, digits and "-", at most 64' };
    if ('why' in read) skipped.push({ name, why: read.why });
    else offered.push({ name, description: read.description });
  }
  return { offered, skipped };
}

/** The description from the head of the file, on one line, or why there is none. */
function describe(text: string | null, readHead: ReadHead): { description: string } | { why: string } {
  if (text === null) return { why: `${SKILL_FILE} cannot be read, is a link, or is larger than 256 KiB` };
  const head = readHead(text);
  if (head === null) return { why: `${SKILL_FILE} begins with no head ("---") that has a description` };
  if ('why' in head) return { why: `the head of ${SKILL_FILE} ${head.why}` };
  const description = headFields.safeParse(head.value).data?.description.replaceAll(/\s+/g, ' ').trim() ?? '';
  if (description === '') return { why: `the head of ${SKILL_FILE} has no text as its description` };
  if (description.length > MOST_CHARS) return { why: `its description is longer than ${MOST_CHARS} characters` };
  return { description };
}

/** Of two skills with one name, the operator's is offered. */
export function joinSkills({ operator, docs }: Readonly<Record<SkillSource, Skills>>): HiveSkills {
  const own = new Set(operator.offered.map(({ name }) => name));
  const room = SKILL_BOUNDS.most - own.size;
  const added = docs.offered.filter(({ name }) => !own.has(name));
  const skip = (from: SkillSource, why: string) => (skill: Skill) => ({ name: skill.name, from, why });
  return {
    offered: [
      ...operator.offered.map((skill) => ({ ...skill, from: 'operator' as const })),
      ...added.slice(0, room).map((skill) => ({ ...skill, from: 'docs' as const })),
    ],
    skipped: [
      ...operator.skipped.map((one) => ({ ...one, from: 'operator' as const })),
      ...docs.skipped.map((one) => ({ ...one, from: 'docs' as const })),
      ...docs.offered.filter(({ name }) => own.has(name)).map(skip('docs', "the operator's skill of that name counts")),
      ...added.slice(room).map(skip('docs', `at most ${SKILL_BOUNDS.most} are offered`)),
    ],
  };
}
