import { EVENT_WORDS, type EventFormat, sayEventWords } from '../../../../protocol/event-words.ts';
import type { EventKind, HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { Module } from '../../core/module.ts';
import { createStateFollower, type DeclaredStateDeps } from './follow-state.ts';

/** The events that change what is declared. */
const KINDS: readonly EventKind[] = [
  'hive.started',
  'agent.created',
  'agent.changed',
  'agent.desired',
  'agent.destroyed',
  'project.created',
  'project.removed',
  'forge.rules_changed',
  'forge.repo_removed',
];

/** None of these events has a time or a size in its sentence. */
const PLAIN: EventFormat = { span: String, past: String, ahead: String, bytes: String };

/** What is declared in the hive, kept as files in the repository hive/config. */
export function declaredStateModule(deps: DeclaredStateDeps) {
  const follower = createStateFollower(deps);
  return {
    name: 'declared-state',
    run: follower.run,
    onEvent(event: HiveEvent) {
      if (KINDS.includes(event.kind)) follower.changed({ sentence: sayChange(event), by: authorOf(event) });
    },
  } satisfies Module;
}

function sayChange(event: HiveEvent): string {
  const { title } = EVENT_WORDS[event.kind];
  const words = sayEventWords(event, PLAIN);
  const what = words === '' ? title : `${title}: ${words}`;
  return event.agent === null ? what : `${event.agent} ${what}`;
}

/** Who is recorded as having done it. */
function authorOf({ data }: HiveEvent): string {
  const by: unknown = (data as { by?: unknown }).by;
  return typeof by === 'string' && by !== '' ? by.slice(0, 64) : 'hive';
}
