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

/** The one table of it: hived enforces it, `hivectl edit` and the page say it. */
export const SPEC_EFFECTS: Readonly<Record<SpecField, Effect>> = {
  role: 'next_turn',
  driver: 'next_box',
  model: 'next_turn',
  provider: 'at_once',
  image: 'next_box',
  tools: 'next_turn',
  prompt: 'next_turn',
  turnTimeoutMs: 'next_turn',
  'limits.memoryMb': 'next_box',
  'limits.cpus': 'next_box',
  'limits.pids': 'next_box',
  'limits.tmpMb': 'next_box',
  'limits.diskMb': 'at_once',
  'limits.diskFiles': 'at_once',
};

/** The fields of a change that have this effect. A name that is in no table (of a newer hived) counts as the box's. */
export function fieldsWith(effect: Effect, fields: readonly string[]): string[] {
  return fields.filter((field) => ((SPEC_EFFECTS as Record<string, Effect>)[field] ?? 'next_box') === effect);
}

/** The value of one field of a spec. */
export function readField(spec: AgentSpec, field: SpecField): unknown {
  return field.startsWith('limits.')
    ? spec.limits[field.slice('limits.'.length) as keyof Limits]
    : spec[field as keyof AgentSpec];
}

/** What of a spec is fixed when a box is made, in an order of its own. */
export function boxFieldsOf(spec: AgentSpec): [field: string, value: unknown][] {
  return fieldsWith('next_box', Object.keys(SPEC_EFFECTS))
    .toSorted()
    .map((field) => [field, readField(spec, field as SpecField)]);
}
