import { HiveError } from '../../../../protocol/errors.ts';

/** hived's validation errors for a form, by field, and one text for the form as a whole. */
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
 * Assigns an error to the fields of a form. `known` lists the form's fields; `byCode` maps error codes of the operation
 * to fields. "spec.limits.memoryMb" is the field "limits.memoryMb".
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
