/** The tools that a CLI brings itself. */
export interface OwnTools {
  /** The CLI's tools for each name that specs use for a tool of any CLI; the CLI's own names may be used, too. */
  readonly byName: Readonly<Record<string, readonly string[]>>;
  /** Tools whose purpose collides with the hive's: never offered. */
  readonly colliding: readonly string[];
}

/** A spec's word for all tools of a CLI. */
const ALL = 'default';

/** The tools of a CLI that an agent may use. A name that means nothing to the CLI is passed on as it is. */
export function chooseTools(wanted: readonly string[], { byName, colliding }: OwnTools): string[] {
  const names = wanted.includes(ALL) ? [...Object.keys(byName), ...wanted.filter((name) => name !== ALL)] : wanted;
  const chosen = names.flatMap((name) => (Object.hasOwn(byName, name) ? (byName[name] ?? []) : [name]));
  return [...new Set(chosen)].filter((name) => !colliding.includes(name));
}
