import { closest } from 'fastest-levenshtein';
import { type Document, parseDocument } from 'yaml';
import type * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { whyTmpTooLarge } from './box-memory.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * Parses the text of config.yaml. Throws `config_invalid` with one line for each problem: bad YAML
 * with its line, unknown keys with the nearest known one, values that do not fit, alone or together.
 */
export function parseConfig(text: string, file: string): Config {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0)
    throw invalid(
      file,
      document.errors.map((error) => (error.message.split('\n')[0] ?? '').replace(/:$/, '')),
    );
  const result = configSchema.safeParse(toPlain(document, file) ?? {});
  if (!result.success) throw invalid(file, result.error.issues.flatMap(describeIssue));
  const { limits } = result.data.defaults;
  // The default is reduced to fit (complete-spec.ts); the operator's own value is never changed silently.
  const why = document.hasIn(['defaults', 'limits', 'tmp_mb'])
    ? whyTmpTooLarge({ memoryMb: limits.memory_mb, tmpMb: limits.tmp_mb }, TMP_KEYS)
    : null;
  if (why !== null) throw invalid(file, [why]);
  return result.data;
}

const TMP_KEYS = { memory: 'defaults.limits.memory_mb', tmp: 'defaults.limits.tmp_mb' };

/** Nested aliases can expand a few lines to gigabytes; the parser stops at a hundred. */
function toPlain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(file, [error instanceof Error ? error.message : String(error)]);
  }
}

function invalid(file: string, problems: string[]): HiveError {
  return new HiveError('config_invalid', `${file} is not valid: ${problems.join('; ')}.`, {
    details: { file, problems },
  });
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.join('.');
  if (issue.code === 'invalid_key') return [`${where}: ${issue.issues[0]?.message ?? issue.message}`];
  if (issue.code !== 'unrecognized_keys') return [where === '' ? issue.message : `${where}: ${issue.message}`];
  return issue.keys.map((key) => {
    const known = knownKeys(issue.path);
    const full = [...issue.path, key].join('.');
    return known.length === 0
      ? `unknown key "${full}"`
      : `unknown key "${full}" (did you mean "${closest(key, known)}"?)`;
  });
}

/** The keys allowed at a path, from the schema. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = configSchema;
  for (const step of path) schema = typeof step === 'number' ? elementOf(schema) : shapeOf(schema)?.[String(step)];
  return Object.keys(shapeOf(schema) ?? {});
}

interface ZodInside {
  shape?: Record<string, unknown>;
  element?: unknown;
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
