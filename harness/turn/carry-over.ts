import type { TurnReport } from '../driver/driver.ts';
import { sayFresh } from './compose-prompt.ts';
import { type After, NO_STREAK, type Streak } from './decide-after.ts';

/** What one turn leaves to the next. */
export interface CarryOver {
  /** The conversation that the next turn continues; null: a fresh one. */
  sessionId(): string | null;
  streak(): Streak;
  /** What the next prompt begins with: what was done in the box, and that the conversation is a fresh one. */
  notes(): string[];
  /** The box was short: `note` is what was done about it, for the agent. It stands until a turn ends as done. */
  noteShortage(note: string | null): void;
  /** A turn ended with this report, and this follows from it. */
  learn(report: TurnReport, after: After): void;
}

export function createCarryOver(begun: string | null): CarryOver {
  let sessionId = begun;
  let streak = NO_STREAK;
  let shortageNote: string | null = null;
  /** Until a model has answered in the fresh conversation. */
  let freshNote: string | null = null;
  return {
    sessionId: () => sessionId,
    streak: () => streak,
    notes: () => [shortageNote, freshNote].filter((note) => note !== null),
    noteShortage: (note) => {
      shortageNote = note;
    },
    learn(report, after) {
      if (report.verdict.kind === 'done') shortageNote = null;
      streak = after.streak;
      const before = sessionId;
      sessionId = after.session === 'drop' ? null : (report.sessionId ?? sessionId);
      if (report.answered) freshNote = null;
      if (sessionId === null && before !== null) freshNote = sayFresh(after.reason);
    },
  };
}
