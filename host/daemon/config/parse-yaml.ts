import { closest } from 'fastest-levenshtein';
import { type Document, parseDocument } from 'yaml';
import type * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';

/**
 * Parses the text of a YAML file that an operator writes. Throws `config_invalid` with a clause for each problem: bad
 * YAML with its line, unknown keys with the nearest known one, values that do not fit. An empty file is an empty map.
 */
export function parseYaml<Schema extends z.ZodType>(
  schema: Schema,
  { text, file }: { text: string; file: string },
): { data: z.output<Schema>; document: Document.Parsed } {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0)
    throw invalidFile(
      file,
      document.errors.map((error) => (error.message.split('\n')[0] ?? '').replace(/:$/, '')),
    );
  const result = schema.safeParse(toPlain(document, file) ?? {});
  if (!result.success) {
    const problems = result.error.issues.flatMap((issue) => describeIssue(issue, schema));
    throw invalidFile(file, problems);
  }
  return { data: result.data, document };
}

export function invalidFile(file: string, problems: string[]): HiveError {
  return new HiveError('config_invalid', `${file} is not valid: ${problems.join('; ')}.`, {
    details: { file, problems },
  });
}

/** Nested aliases can expand a few lines to gigabytes; the parser stops at a hundred. */
function toPlain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalidFile(file, [error instanceof Error ? error.message : String(error)]);
  }
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType): string[] {
  const where = issue.path.join('.');
  if (issue.code === 'invalid_key') return [`${where}: ${issue.issues[0]?.message ?? issue.message}`];
  if (issue.code !== 'unrecognized_keys') return [where === '' ? issue.message : `${where}: ${issue.message}`];
  return issue.keys.map((key) => {
    const known = knownKeys(issue.path, schema);
    const full = [...issue.path, key].join('.');
    return known.length === 0
      ? `unknown key "${full}"`
      : `unknown key "${full}" (did you mean "${closest(key, known)}"?)`;
  });
}

/** The keys allowed at a path, from the schema. */
function knownKeys(path: readonly PropertyKey[], top: z.ZodType): string[] {
  let schema: unknown = top;
  for (const step of path)
    schema = typeof step === 'number' ? elementOf(schema) : (shapeOf(schema)?.[String(step)] ?? valueOf(schema));
  return Object.keys(shapeOf(schema) ?? {});
}

interface ZodInside {
  shape?: Record<string, unknown>;
  element?: unknown;
  valueType?: unknown;
  def?: { innerType?: unknown };
}

/** An object schema's shape, unwrapped from defaults and the like. */
export function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const inside = schema as ZodInside | undefined;
  return inside?.shape ?? (inside?.def?.innerType === undefined ? undefined : shapeOf(inside.def.innerType));
}

function elementOf(schema: unknown): unknown {
  const inside = schema as ZodInside | undefined;
  return inside?.element ?? (inside?.def?.innerType === undefined ? undefined : elementOf(inside.def.innerType));
}

/** The schema of a record's values. */
function valueOf(schema: unknown): unknown {
  const inside = schema as ZodInside | undefined;
  return inside?.valueType ?? (inside?.def?.innerType === undefined ? undefined : valueOf(inside.def.innerType));
}
