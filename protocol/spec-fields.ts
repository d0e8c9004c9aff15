import type { AgentSpec, Limits } from './schemas/agent.ts';

/** A part of a spec that can change on its own, in the form of `changeAgent`: "model", "limits.memoryMb". */
export type SpecField = Exclude<keyof AgentSpec, 'limits'> | `limits.${keyof Limits}`;

/**
 * When a changed field takes effect:
 *
 * - `at_once`: hived itself uses it.
 * - `next_turn`: the harness uses it; hived sends it before the agent's next turn.
 * - `next_box`: it is fixed when the box is made. Until a rebuild the agent is shown as outdated.
 */
export type Effect = 'at_once' | 'next_turn' | 'next_box';

/** Who may set a field: `operator` on the page or with hivectl, `admin` with hivectl only (docs/security.md). */
export type SetBy = 'operator' | 'admin';

/** The one table of fields: hived enforces it, `hivectl edit` and the page show it. */
export const SPEC_FIELDS: Readonly<Record<SpecField, { readonly effect: Effect; readonly setBy: SetBy }>> = {
  role: { effect: 'next_turn', setBy: 'operator' },
  // The driver decides which program runs in the box.
  driver: { effect: 'next_box', setBy: 'admin' },
  command: { effect: 'next_turn', setBy: 'admin' },
  model: { effect: 'next_turn', setBy: 'operator' },
  provider: { effect: 'at_once', setBy: 'operator' },
  image: { effect: 'next_box', setBy: 'operator' },
  tools: { effect: 'next_turn', setBy: 'operator' },
  prompt: { effect: 'next_turn', setBy: 'operator' },
  unknownHosts: { effect: 'at_once', setBy: 'operator' },
  wakeFor: { effect: 'at_once', setBy: 'operator' },
  // Its tools for pull requests come with the next turn; its rights in the forge count at once.
  projects: { effect: 'next_turn', setBy: 'operator' },
  turnToolCalls: { effect: 'next_turn', setBy: 'operator' },
  turnOutputKb: { effect: 'next_turn', setBy: 'operator' },
  turnTimeoutMs: { effect: 'next_turn', setBy: 'operator' },
  'limits.memoryMb': { effect: 'next_box', setBy: 'operator' },
  'limits.cpus': { effect: 'next_box', setBy: 'operator' },
  'limits.pids': { effect: 'next_box', setBy: 'operator' },
  'limits.tmpMb': { effect: 'next_box', setBy: 'operator' },
  'limits.diskMb': { effect: 'at_once', setBy: 'operator' },
  'limits.diskFiles': { effect: 'at_once', setBy: 'operator' },
};

/**
 * The fields of a change that have this effect. A name that is not in the table (from a newer hived) counts as fixed in
 * the box.
 */
export function fieldsWith(effect: Effect, fields: readonly string[]): string[] {
  return fields.filter((field) => effectOf(field) === effect);
}

function effectOf(field: string): Effect {
  return Object.hasOwn(SPEC_FIELDS, field) ? SPEC_FIELDS[field as SpecField].effect : 'next_box';
}

/** The given fields that only hivectl may set. */
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

/** The parts of a spec that are fixed when a box is made, in a constant order. */
export function boxFieldsOf(spec: AgentSpec): [field: string, value: unknown][] {
  return fieldsWith('next_box', Object.keys(SPEC_FIELDS))
    .toSorted()
    .map((field) => [field, readField(spec, field as SpecField)]);
}
