/** A cache that a check declares. */
export interface CacheDefinition {
  /** With `{{hash FILE …}}` for the content of files. */
  readonly template: string;
  readonly paths: readonly string[];
}

/** The same with its key for one commit. */
export interface KeyedCache extends CacheDefinition {
  readonly key: string;
}

const HASH = /\{\{hash ([^{}]+)\}\}/g;

/** Whether every `{{` of a template is understood. */
export function isTemplate(template: string): boolean {
  return !/\{\{|\}\}/.test(template.replace(HASH, '')) && filesOf(template).length <= MOST_FILES;
}

const MOST_FILES = 10;

/** The files whose content a template names. */
export function filesOf(template: string): string[] {
  return [...template.matchAll(HASH)].flatMap(([, files = '']) => files.trim().split(/\s+/));
}

/** `contents`: the id of each file's content; a file that is not there has none. */
export function makeKey(template: string, contents: ReadonlyMap<string, string>): string {
  return template.replace(HASH, (_, files: string) =>
    files
      .trim()
      .split(/\s+/)
      .map((file) => (contents.get(file) ?? 'none').slice(0, 16))
      .join('-'),
  );
}
