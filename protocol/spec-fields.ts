import type { AgentSpec, Limits } from './schemas/agent.ts';

/** A part of a spec that can change by itself, as `changeAgent` names it: "model", "limits.memoryMb". */
export type SpecField = Exclude<keyof AgentSpec, 'limits'> | `limits.${keyof Limits}`;

/**
 * From when on a changed field has its effect:
 *
 * - `at_once`: hived itself goes by it.
 * - `next_turn`: the harness goes by it; hived tells it before the agent's next turn.
 * - `next_box`: it is fixed when the box is made. Until a rebuild the agent is shown as outdated.
 */
export type Effect = 'at_once' | 'next_turn' | 'next_box';

/** Who may set a field: `operator` from the page as from hivectl, `admin` by hivectl alone (docs/security.md). */
export type SetBy = 'operator' | 'admin';

/** The one table of fields: hived enforces it, `hivectl edit` and the page say it. */
export const SPEC_FIELDS: Readonly<Record<SpecField, { readonly effect: Effect; readonly setBy: SetBy }>> = {
  role: { effect: 'next_turn', setBy: 'operator' },
  // Which program runs in the box.
  driver: { effect: 'next_box', setBy: 'admin' },
  command: { effect: 'next_turn', setBy: 'admin' },
  model: { effect: 'next_turn', setBy: 'operator' },
  provider: { effect: 'at_once', setBy: 'operator' },
  image: { effect: 'next_box', setBy: 'operator' },
  tools: { effect: 'next_turn', setBy: 'operator' },
  prompt: { effect: 'next_turn', setBy: 'operator' },
  turnTimeoutMs: { effect: 'next_turn', setBy: 'operator' },
  'limits.memoryMb': { effect: 'next_box', setBy: 'operator' },
  'limits.cpus': { effect: 'next_box', setBy: 'operator' },
  'limits.pids': { effect: 'next_box', setBy: 'operator' },
  'limits.tmpMb': { effect: 'next_box', setBy: 'operator' },
  'limits.diskMb': { effect: 'at_once', setBy: 'operator' },
  'limits.diskFiles': { effect: 'at_once', setBy: 'operator' },
};

/** The fields of a change that have this effect. A name that is in no table (of a newer hived) counts as the box's. */
export function fieldsWith(effect: Effect, fields: readonly string[]): string[] {
  return fields.filter((field) => effectOf(field) === effect);
}

function effectOf(field: string): Effect {
  return Object.hasOwn(SPEC_FIELDS, field) ? SPEC_FIELDS[field as SpecField].effect : 'next_box';
}

/** Of the fields that somebody gives, those that only hivectl may set. */
export function adminFieldsOf(given: object): string[] {
  return Object.entries(SPEC_FIELDS)
    .filter(([field, { setBy }]) => setBy === 'admin' && (given as Record<string, unknown>)[field] !== undefined)
    .map(([field]) => field);
}

/** The value of one field of a spec. */
export function readField(spec: AgentSpec, field: SpecField): unknown {
  return field.startsWith('limits.')
    ? spec.limits[field.slice('limits.'.length) as keyof Limits]
    : spec[field as keyof AgentSpec];
}

/** What of a spec is fixed when a box is made, in an order of its own. */
export function boxFieldsOf(spec: AgentSpec): [field: string, value: unknown][] {
  return fieldsWith('next_box', Object.keys(SPEC_FIELDS))
    .toSorted()
    .map((field) => [field, readField(spec, field as SpecField)]);
}
