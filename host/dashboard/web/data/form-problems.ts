import { HiveError } from '../../../../protocol/errors.ts';

/** What hived has against a form: beside the fields that it names, and the rest for the form as a whole. */
export interface FormProblems {
  readonly fields: Readonly<Record<string, string>>;
  readonly whole: string | null;
}

const NONE: FormProblems = { fields: {}, whole: null };

interface Issue {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * Sorts an error to the fields of a form. `known` are the names of the fields there; `byCode` says which field a code of
 * this operation's is about. "spec.limits.memoryMb" is the field "limits.memoryMb".
 */
export function sortProblems(
  error: Error | null,
  form: { known: readonly string[]; byCode?: Readonly<Record<string, string>> },
): FormProblems {
  if (error === null) return NONE;
  if (!(error instanceof HiveError)) return { fields: {}, whole: error.message };
  const byCode = form.byCode?.[error.code];
  if (byCode !== undefined) return { fields: { [byCode]: error.message }, whole: null };
  const issues = (error.details?.['issues'] ?? []) as readonly Issue[];
  const fields: Record<string, string> = {};
  for (const { path, message } of issues) {
    const steps = path[0] === 'spec' ? path.slice(1) : path;
    const field = form.known.find((name) => steps.join('.') === name || steps.join('.').startsWith(`${name}.`));
    if (field !== undefined) fields[field] ??= message;
  }
  const isAllSaid = issues.length > 0 && Object.keys(fields).length > 0;
  return { fields, whole: isAllSaid ? null : error.message };
}
