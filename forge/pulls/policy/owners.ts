import picomatch from 'picomatch';
import { agentName, OPERATOR } from '../../../protocol/names.ts';

/** The file that names the owners of paths, at the base's commit. */
export const OWNERS_FILE = '.hive/CODEOWNERS';

/** A line of the file. */
export interface OwnerRule {
  readonly matches: (path: string) => boolean;
  /** `@NAME`, `@operator` or `@role:ROLE`; none: what it matches has no owner. */
  readonly owners: readonly string[];
}

/** Lines of the file, and changed paths that are looked up in it: each path may be compared with each line. */
export const MOST_OWNER_RULES = 300;
export const MOST_OWNED_PATHS = 3_000;

/**
 * Reads the file: a pattern and its owners on each line, as in the CODEOWNERS of other forges. `*` stands for anything
 * but "/", `**` for anything, `?` for a character. A pattern with a "/" at its beginning or within is of the root,
 * another one matches at any depth; it matches what is below a directory, too, unless it ends with `/*`. What it cannot
 * read it says, in a sentence: the file then allows nothing.
 */
export function parseOwners(text: string): { readonly rules: OwnerRule[] } | { readonly problem: string } {
  const rules: OwnerRule[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const say = (problem: string) => ({ problem: `${OWNERS_FILE}, line ${index + 1}: ${problem}` });
    const [pattern = '', ...owners] = line.split(/\s+/);
    if (rules.length >= MOST_OWNER_RULES) return say(`a file has at most ${MOST_OWNER_RULES} rules`);
    if (/^!|[\\[\]{}()]/.test(pattern)) return say(`"${pattern}" is no pattern: use *, ** and ? alone`);
    const wrong = owners.find((owner) => !isOwner(owner));
    if (wrong !== undefined) return say(`"${wrong}" is no owner: write @NAME, @operator or @role:ROLE`);
    rules.push({ matches: compile(pattern), owners });
  }
  return { rules };
}

function isOwner(text: string): boolean {
  if (!text.startsWith('@')) return false;
  const name = text.slice(1);
  return (
    name === OPERATOR || (name.startsWith('role:') ? name.length > 'role:'.length : agentName.safeParse(name).success)
  );
}

function compile(pattern: string): OwnerRule['matches'] {
  const isRooted = pattern.slice(0, -1).includes('/');
  const plain = pattern.replace(/^\//, '');
  const base = isRooted ? plain : `**/${plain}`;
  const globs = base.endsWith('/')
    ? [`${base}**/*`]
    : /(?:^|\/)\*\*?$/.test(plain) && isRooted
      ? [base]
      : [base, `${base}/**`];
  return picomatch(globs, { dot: true, noext: true, nobrace: true, nonegate: true, nobracket: true });
}

/** The owners of a path: the last line that matches decides. */
export function ownersOf(path: string, rules: readonly OwnerRule[]): readonly string[] {
  return rules.findLast(({ matches }) => matches(path))?.owners ?? [];
}

/** Who approved, with the roles of agents. */
export interface Approvers {
  readonly approvedBy: readonly string[];
  readonly roleOf: (name: string) => string | null;
}

/**
 * Why changed paths lack an approval of an owner, a sentence for each group of owners. The operator may approve for
 * every owner.
 */
export function refuseOwners(
  paths: readonly string[],
  rules: readonly OwnerRule[],
  { approvedBy, roleOf }: Approvers,
): string[] {
  if (approvedBy.includes(OPERATOR)) return [];
  if (paths.length > MOST_OWNED_PATHS)
    return [
      `it changes more than ${MOST_OWNED_PATHS} files, too many to ask their owners: split it, or ask the operator`,
    ];
  const agreed = new Set(approvedBy.flatMap((name) => [`@${name}`, `@role:${roleOf(name) ?? ''}`]));
  const missing = new Map<string, { owners: readonly string[]; paths: string[] }>();
  for (const path of paths) {
    const owners = ownersOf(path, rules);
    if (owners.length === 0 || owners.some((owner) => agreed.has(owner))) continue;
    const group = missing.get(owners.join(' ')) ?? { owners, paths: [] };
    group.paths.push(path);
    missing.set(owners.join(' '), group);
  }
  return [...missing.values()].map(({ owners, paths: [first = '', ...more] }) => {
    const what = `${JSON.stringify(first)}${more.length === 0 ? '' : ` and ${more.length} more`}`;
    return `${what} ${more.length === 0 ? 'needs' : 'need'} an approval of ${owners.join(' or ')}, or of the operator`;
  });
}
