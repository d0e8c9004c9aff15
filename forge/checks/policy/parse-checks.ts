import { parseDocument } from 'yaml';
import * as z from 'zod';
import { shorten } from '../../../system/text/cut-text.ts';
import { type CacheDefinition, isTemplate } from './cache-keys.ts';
import { CHECKS_FILE } from '../../../protocol/schemas/check.ts';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 3 * UNITS_MS.h;
const MOST_CHECKS = 20;
const MOST_SCRIPT_CHARS = 4_000;

const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[smh]$/, { error: 'write it as a number with s, m or h, e.g. 20m' })
  .transform((text) => Number(text.slice(0, -1)) * UNITS_MS[text.slice(-1) as keyof typeof UNITS_MS])
  .refine((ms) => ms <= LONGEST_MS, { error: 'at most 3h' });

const script = z.string().trim().max(MOST_SCRIPT_CHARS);

const MOST_PATTERNS = 20;
/** Of files in the box, below the directory of the checkout. */
const patterns = z
  .array(
    z
      .string()
      .min(1)
      .max(255)
      .refine((pattern) => !pattern.startsWith('/') && !pattern.split('/').includes('..'), {
        error: 'is below the top directory: without / at its beginning and without ..',
      }),
  )
  .min(1)
  .max(MOST_PATTERNS);

/** Below the directory of the checkout, or after `~/` below the home directory. */
const cachePath = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!\/|-)[^\p{Cc}*?[\]{}]+$/u, { error: 'is a file or directory, without * and other signs' })
  .refine(
    (path) =>
      path.split('/').every((part, at) => (part !== '' && part !== '..' && part !== '.') || (part === '' && at > 0)),
    {
      error: 'is below the top directory, or after ~/ below the home directory: without . and ..',
    },
  );
const cache = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}]*$/u)
    .refine(isTemplate, { error: 'may have {{hash FILE …}} with up to ten files, and no other {{ }}' }),
  paths: z.array(cachePath).min(1).max(MOST_PATTERNS),
});
const MOST_CACHES = 5;

const definition = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, {
      error: 'a name has up to 64 letters, digits, spaces, dots, hyphens or underscores',
    }),
    setup: script.default(''),
    command: script.min(1),
    timeout: duration.default(20 * UNITS_MS.m),
    paths: z.array(z.string().min(1).max(255)).min(1).max(50).nullable().default(null),
    required: z.boolean().default(true),
    when_skipped: z.enum(['ok', 'fail']).optional(),
    retries: z.int().min(0).max(3).default(0),
    artifacts: patterns.default([]),
    reports: patterns.default([]),
    cache: z
      .array(cache)
      .min(1)
      .max(MOST_CACHES)
      .refine((caches) => new Set(caches.map(({ key }) => key)).size === caches.length, {
        error: 'two caches have the same key',
      })
      .default([]),
  })
  .refine(({ paths, when_skipped }) => paths !== null || when_skipped === undefined, {
    error: 'is for a check with paths: without them it is never skipped',
    path: ['when_skipped'],
  });

const file = z.strictObject({
  checks: z
    .array(definition)
    .min(1)
    .max(MOST_CHECKS)
    .refine((checks) => new Set(checks.map(({ name }) => name.toLowerCase())).size === checks.length, {
      error: 'two checks have the same name',
    }),
});

/** A check as the target branch declares it. */
export interface CheckDefinition {
  readonly name: string;
  /** Shell scripts; `setup` may be empty. */
  readonly setup: string;
  readonly command: string;
  readonly timeoutMs: number;
  /** Patterns of files; null: it always runs. */
  readonly paths: readonly string[] | null;
  readonly required: boolean;
  /** Whether being skipped is enough. */
  readonly skipIsOk: boolean;
  /** Further runs after one that failed. */
  readonly retries: number;
  /** Patterns of the files that are kept, and of the reports of its tests. */
  readonly artifacts: readonly string[];
  readonly reports: readonly string[];
  /** What it begins with, and saves. */
  readonly caches: readonly CacheDefinition[];
}

/** The checks that a file declares, or why it cannot be understood, as a sentence. */
export type ParsedChecks = { readonly checks: readonly CheckDefinition[] } | { readonly trouble: string };

/** Parses `.hive/checks.yaml`. A file that is empty or declares nothing is an error, never "no checks". */
export function parseChecks(text: string): ParsedChecks {
  const document = parseDocument(text, { uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) return refuse(broken.message.split('\n')[0]?.replace(/:$/, '') ?? 'no YAML');
  let plain: unknown;
  try {
    // Nested aliases can expand a few lines to gigabytes; the parser stops at a hundred.
    plain = document.toJS();
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const read = file.safeParse(plain);
  if (!read.success) return refuse(read.error.issues.slice(0, 3).map(sayIssue).join('; '));
  return {
    checks: read.data.checks.map(({ timeout, when_skipped, cache: caches, ...check }) => ({
      ...check,
      caches: caches.map(({ key, paths }) => ({ template: key, paths })),
      timeoutMs: timeout,
      skipIsOk: when_skipped !== 'fail',
    })),
  };
}

/** Characters of a reason: it may quote the file. */
const MOST_REASON_CHARS = 300;

/** For a file that is there and cannot be read as text. */
export function refuse(why: string): { readonly trouble: string } {
  return { trouble: `${CHECKS_FILE} is not valid: ${shorten(why.replace(/\p{Cc}/gu, ' '), MOST_REASON_CHARS)}.` };
}

function sayIssue({ path, message }: { path: PropertyKey[]; message: string }): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
