import type { ProviderName } from '../../../protocol/providers.ts';
import type { ModelEntry } from '../../../protocol/schemas/model.ts';

/** Who may answer a request, and with which model; null: the requested one. */
export interface Candidate {
  readonly provider: ProviderName;
  readonly model: string | null;
}

/** The group of models that a model belongs to; null when its name does not tell. */
type ClassOf = (model: string) => string | null;

/**
 * Whether an agent may request a model: one that is allowed by its name, or by its family (a CLI replaces a version that
 * was retired by a later one). Null allows any. A request in which no
 * model can be found is refused: its provider may find one.
 */
export function mayRequest(
  model: string | null,
  { allowed, classOf }: { allowed: readonly string[] | null; classOf: ClassOf },
): boolean {
  if (allowed === null) return true;
  if (model === null) return false;
  return allowed.some((one) => isSame(one, model) || isKin(one, model, classOf));
}

/**
 * Who may answer, in order: the entry whose model is requested and those after it. A model that is no entry's (the CLI
 * uses a small one for jobs of its own) is asked of all entries: as it is, where the entry's own model has a family, too;
 * elsewhere nobody knows it, and the entry's model answers.
 */
export function chooseEntries(
  model: string | null,
  { entries, classOf }: { entries: readonly ModelEntry[]; classOf: ClassOf },
): readonly Candidate[] {
  if (model === null) return entries;
  const exact = entries.findIndex((entry) => isSame(entry.model, model));
  const found = exact === -1 ? entries.findIndex((entry) => isKin(entry.model, model, classOf)) : exact;
  if (found !== -1) return entries.slice(found);
  return entries.map((entry) => (classOf(entry.model) === null ? entry : { ...entry, model: null }));
}

function isSame(one: string, other: string): boolean {
  return withoutWindow(one) === withoutWindow(other);
}

function isKin(one: string, other: string, classOf: ClassOf): boolean {
  const family = classOf(one);
  return family !== null && family === classOf(other);
}

/** A context window in brackets is a CLI's own notation, which it does not send. */
function withoutWindow(model: string): string {
  return model.replace(/\[[^\]]*\]$/, '');
}
