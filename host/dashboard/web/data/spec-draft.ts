import { MEMBER_LEVELS, type MemberLevel } from '../../../../protocol/access/repo-access.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { readWakeFor, sayWakeFor } from '../../../../protocol/notices.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import type { Effect } from '../../../../protocol/spec-fields.ts';
import { SPEC_FIELDS } from '../../../../protocol/spec-fields.ts';
import {
  type LIMIT_RANGES,
  MAX_PROMPT_CHARS,
  readLimit,
  readProjects,
  readTools,
  SPEC_TEXTS,
} from '../../../../protocol/spec-text.ts';

/** The fields of a spec that the page may set. */
export type DraftField = (typeof SPEC_TEXTS)[number]['field'];
/** The values of a spec's form fields. */
export type SpecDraft = Readonly<Record<DraftField, string>>;
/** The fields that were typed into, with their texts. */
export type SpecEdits = Partial<SpecDraft>;
type SpecInput = OpInput<(typeof operatorSurface)['changeAgent']>['spec'];
type LimitName = keyof typeof LIMIT_RANGES;

const MINUTE_MS = 60_000;
const LONGEST_TURN_MS = 86_400_000;

export function draftOf(spec: AgentSpec): SpecDraft {
  const { limits } = spec;
  return {
    role: spec.role,
    model: spec.model,
    provider: spec.provider ?? '',
    image: spec.image,
    prompt: spec.prompt,
    tools: spec.tools.join(', '),
    unknownHosts: spec.unknownHosts ?? 'ask',
    wakeFor: sayWakeFor(spec.wakeFor),
    projects: writeProjects(spec.projects ?? {}),
    turnToolCalls: String(spec.turnToolCalls ?? 0),
    turnOutputKb: String(spec.turnOutputKb ?? 0),
    turnTimeoutMs: String(spec.turnTimeoutMs / MINUTE_MS),
    'limits.memoryMb': String(limits.memoryMb),
    'limits.cpus': String(limits.cpus),
    'limits.pids': String(limits.pids),
    'limits.tmpMb': String(limits.tmpMb),
    'limits.diskMb': String(limits.diskMb),
    'limits.diskFiles': String(limits.diskFiles),
  };
}

/** A changed field with its typed values and the time of its effect. */
export interface DraftChange {
  readonly field: DraftField;
  readonly label: string;
  readonly before: string;
  readonly after: string;
  readonly effect: Effect;
}

/** The fields that differ between two drafts, in the form's order. */
export function changesOf(before: SpecDraft, after: SpecDraft): DraftChange[] {
  return SPEC_TEXTS.filter(({ field }) => normalize(field, before[field]) !== normalize(field, after[field])).map(
    ({ field, label }) => ({
      field,
      label,
      before: normalize(field, before[field]),
      after: normalize(field, after[field]),
      effect: SPEC_FIELDS[field].effect,
    }),
  );
}

function normalize(field: DraftField, typed: string): string {
  if (field === 'projects') return writeProjects(readProjects(typed, MEMBER_LEVELS)) ?? typed.trim();
  return field === 'tools' ? readTools(typed).join(', ') : field === 'prompt' ? typed.trimEnd() : typed.trim();
}

/** `docs=review, web=write`, in the order of the names; null for null. */
function writeProjects(projects: Record<string, MemberLevel>): string;
function writeProjects(projects: Record<string, MemberLevel> | null): string | null;
function writeProjects(projects: Record<string, MemberLevel> | null): string | null {
  if (projects === null) return null;
  const names = Object.keys(projects).toSorted();
  return names.map((name) => `${name}=${projects[name]}`).join(', ');
}

/** The change from one text to another: projects that are no longer in it are left. Null when it is of another form. */
function changeProjects(before: string, after: string): NonNullable<SpecInput['projects']> | null {
  const joined = readProjects(after, MEMBER_LEVELS);
  if (joined === null) return null;
  const left = Object.keys(readProjects(before, MEMBER_LEVELS) ?? {}).map((name) => [name, 'none'] as const);
  return { ...Object.fromEntries(left), ...joined };
}

/** Converts the changed fields for hived and reports invalid values by field. hived validates the rest, such as names. */
export function readChanges(changes: readonly DraftChange[]): {
  spec: SpecInput;
  problems: Partial<Record<DraftField, string>>;
} {
  const spec: SpecInput = {};
  const limits: Partial<Record<LimitName, number>> = {};
  const problems: Partial<Record<DraftField, string>> = {};
  for (const { field, label, before, after } of changes) {
    if (field.startsWith('limits.')) {
      const limit = field.slice('limits.'.length) as LimitName;
      const read = readLimit(limit, after);
      if ('problem' in read) problems[field] = `It ${read.problem}.`;
      else limits[limit] = read.value;
    } else if (field === 'turnToolCalls' || field === 'turnOutputKb') {
      const read = readLimit(field, after);
      if ('problem' in read) problems[field] = `It ${read.problem}.`;
      else spec[field] = read.value;
    } else if (field === 'turnTimeoutMs') {
      const ms = Math.round(Number(after) * MINUTE_MS);
      if (after === '' || !(ms >= 1_000 && ms <= LONGEST_TURN_MS))
        problems[field] = `A turn takes at most from 1 second (0.02) to a day (1440), not "${after}".`;
      else spec.turnTimeoutMs = ms;
    } else if (field === 'wakeFor') {
      const read = readWakeFor(after);
      if ('problem' in read) problems[field] = `It ${read.problem}.`;
      else spec.wakeFor = read.value;
    } else if (field === 'tools') spec.tools = readTools(after);
    else if (field === 'prompt') {
      if (after.length > MAX_PROMPT_CHARS)
        problems.prompt = `The prompt has ${after.length} characters; ${MAX_PROMPT_CHARS} are the most. Put the rest into a file that the agent reads.`;
      spec.prompt = after;
    } else if (field === 'unknownHosts') spec.unknownHosts = after as NonNullable<SpecInput['unknownHosts']>;
    else if (field === 'projects') {
      const projects = changeProjects(before, after);
      if (projects === null)
        problems.projects = `Each is NAME=LEVEL, e.g. web=write, with one of the levels ${MEMBER_LEVELS.join(', ')}.`;
      else spec.projects = projects;
    } else if (field === 'provider') spec.provider = after as NonNullable<SpecInput['provider']>;
    else if (after === '') problems[field] = `${label} must not be empty.`;
    else spec[field as 'role' | 'model' | 'image'] = after;
  }
  return { spec: Object.keys(limits).length === 0 ? spec : { ...spec, limits }, problems };
}

/** The edits that remain after `saved` was saved: what was typed while hived answered stays. */
export function dropSaved(edits: SpecEdits, saved: SpecEdits): SpecEdits {
  const fields = Object.keys(edits) as DraftField[];
  return Object.fromEntries(fields.filter((field) => edits[field] !== saved[field]).map((f) => [f, edits[f]]));
}

/** The text for the time of a change's effect. */
export const EFFECT_WORDS: Record<Effect, string> = {
  at_once: 'at once',
  next_turn: 'with its next turn',
  next_box: 'after a rebuild',
};

/** The lines of two texts that differ, without their common first and last lines. */
export function differingLines(before: string, after: string): { removed: string[]; added: string[] } {
  const old = before === '' ? [] : before.split('\n');
  const now = after === '' ? [] : after.split('\n');
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  let end = 0;
  const maxEnd = Math.min(old.length, now.length) - start;
  while (end < maxEnd && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  return { removed: old.slice(start, old.length - end), added: now.slice(start, now.length - end) };
}
