import { join } from 'node:path';
import type { SessionPlan } from '../../protocol/schemas/session.ts';

/** The file for what an agent must keep when its conversation ends, in its state directory. */
const NOTES_FILE = 'handover.md';

/**
 * What a turn's prompt says of its session: the request to write notes while there is room for them, or, in a fresh
 * session that follows another one, where the notes are and what of the agent's mail is open.
 */
export function composeSessionNotes(plan: SessionPlan, stateDir: string): string[] {
  const file = join(stateDir, NOTES_FILE);
  if (plan.askNotes)
    return [
      `(This conversation grows large; a later turn may begin a fresh one that knows nothing of it. Before you end this turn, write into ${file} what you must keep: what you work on and how far you are, decisions, promises, open points, places of files. Replace what is out of date in it.)`,
    ];
  if (plan.handover === null) return [];
  const { threads, toAnswer, asked, reminders } = plan.handover;
  const open = [
    sayList(
      'open threads',
      threads,
      ({ id, with: peers }) => `#${id}${peers.length === 0 ? '' : ` with ${peers.join(', ')}`}`,
    ),
    sayList('questions to you without an answer', toAnswer, ({ id, from }) => `#${id} from ${from}`),
    sayList('your questions without an answer', asked, ({ id, of }) => `#${id} to ${of}`),
    sayList('your reminders', reminders, ({ id, dueAt }) => `${id} at ${new Date(dueAt).toISOString()}`),
  ].filter((line) => line !== null);
  return [
    `(This is a fresh conversation: you know nothing of the earlier ones. Your notes, if you wrote any, are in ${file}: read them first.${open.length === 0 ? '' : ` Still open: ${open.join('; ')}. The tool thread shows messages.`})`,
  ];
}

function sayList<T>(title: string, items: readonly T[], say: (item: T) => string): string | null {
  return items.length === 0 ? null : `${title}: ${items.map(say).join(', ')}`;
}
