import type { TurnReport } from '../driver/driver.ts';
import { sayFresh, sayStopped } from './compose-prompt.ts';
import { type After, NO_STREAK, type Streak } from './decide-after.ts';

/** State that one turn passes to the next. */
export interface CarryOver {
  /** The session that the next turn continues; null: a fresh one. */
  sessionId(): string | null;
  streak(): Streak;
  /**
   * Notes at the beginning of the next prompt: what was freed in the box, that the last turn was stopped for want of
   * progress, and that the session is a fresh one.
   */
  notes(): string[];
  /** The box was short: `note` tells the agent what was freed. It is kept until a turn ends as done. */
  noteShortage(note: string | null): void;
  /** A turn's session according to hived, which replaces what was carried over. */
  takeSession(id: string | null): void;
  /** Records a turn's report and the decision that followed. */
  learn(report: TurnReport, after: After): void;
}

export function createCarryOver(begun: string | null): CarryOver {
  let sessionId = begun;
  let streak = NO_STREAK;
  let shortageNote: string | null = null;
  /** Kept until a model has answered in the fresh session. */
  let freshNote: string | null = null;
  /** Kept until a model has answered, or the session is a fresh one. */
  let stuckNote: string | null = null;
  return {
    sessionId: () => sessionId,
    streak: () => streak,
    notes: () => [shortageNote, stuckNote, freshNote].filter((note) => note !== null),
    noteShortage: (note) => {
      shortageNote = note;
    },
    takeSession(id) {
      sessionId = id;
    },
    learn(report, after) {
      if (report.verdict.kind === 'done') shortageNote = null;
      streak = after.streak;
      const before = sessionId;
      sessionId = after.session === 'drop' ? null : (report.sessionId ?? sessionId);
      if (report.answered) freshNote = null;
      if (report.answered || after.session === 'drop') stuckNote = null;
      if (after.cause === 'no_progress' && after.session === 'keep') stuckNote = sayStopped(after.reason);
      if (sessionId === null && before !== null) freshNote = sayFresh(after.reason);
    },
  };
}
