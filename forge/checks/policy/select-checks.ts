import picomatch from 'picomatch';
import type { CheckDefinition } from './parse-checks.ts';

/** A check that is to run, or that is skipped. */
export interface SelectedCheck {
  readonly check: CheckDefinition;
  readonly state: 'queued' | 'skipped';
}

/** Which checks run for these changed files; `changed` null: they are too many to list, and every check runs. */
export function selectChecks(
  checks: readonly CheckDefinition[],
  changed: readonly string[] | null,
): readonly SelectedCheck[] {
  return checks.map((check) => ({ check, state: concerns(check, changed) ? 'queued' : 'skipped' }));
}

function concerns({ paths }: CheckDefinition, changed: readonly string[] | null): boolean {
  if (paths === null || changed === null) return true;
  const matches = picomatch([...paths], { dot: true, nonegate: true });
  return changed.some((path) => matches(path));
}
