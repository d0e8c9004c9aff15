import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { agentMail } from '../../../../protocol/operations/agent-mail.ts';
import type { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import type { ReminderView, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Handlers } from '../../../../wire/routes.ts';
import { cancelReminder, changeReminder, keepReminder, type TimerDeps } from './reminders.ts';
import { cancelSchedule, changeSchedule, keepSchedule } from './schedules.ts';
import { unknownAgent } from '../agents/unknown-agent.ts';
import { agentExists, agentNames } from '../agents/store/agents.ts';
import { countStanding, listReminders, standingOf } from './store/reminders.ts';
import { listSchedules, schedulesOf } from './store/schedules.ts';
import { reminderRollup } from './store/timers.ts';
import type { Writer } from '../../core/writer.ts';
import type { OperatorCaller } from '../../surfaces/operator-handlers.ts';

export interface TimerHandlerDeps extends TimerDeps {
  db: Db;
  writer: Writer;
}

export type AgentTimers = Handlers<
  Pick<typeof agentMail, 'remind' | 'reminders' | 'schedule' | 'schedules'>,
  AgentName
>;
export type OperatorTimers = Handlers<
  Pick<
    typeof operatorMail,
    | 'createReminder'
    | 'listReminders'
    | 'changeReminder'
    | 'cancelReminder'
    | 'listSchedules'
    | 'createSchedule'
    | 'changeSchedule'
    | 'cancelSchedule'
    | 'reminderRollup'
  >,
  OperatorCaller
>;

/** No page is longer than this, whatever was asked. */
const MAX_PAGE = 1_000;
/** An agent's list shows so much of each text (UTF-16 units): its own words, in a context that has an end. */
const LISTED_TEXT = 300;
const WEEK_MS = 7 * 86_400_000;

/** What an agent's socket answers about time. An agent sees and changes only what it set itself. */
export function handleAgentTimers(deps: TimerHandlerDeps): AgentTimers {
  const { db, writer, gate } = deps;
  return {
    async remind(input, { caller }) {
      gate.admit(caller);
      const { reminder, duplicate } = await writer.write((tx) =>
        keepReminder(tx, deps, { ...input, owner: caller, to: caller }),
      );
      return { id: reminder.id, due_at: reminder.dueAt, duplicate };
    },
    async reminders(input, { caller }) {
      const { action, id } = input;
      if (action !== 'change' && (input.body ?? input.in_seconds ?? input.at) !== undefined)
        throw new HiveError('invalid_input', `Only action "change" takes body, in_seconds or at, not "${action}".`);
      if (action === 'list' || id === undefined) return { reminders: standingOf(db, caller).map(shortenBody) };
      const touched = await writer.write((tx) =>
        action === 'cancel'
          ? cancelReminder(tx, deps, { by: caller, id })
          : changeReminder(tx, deps, { ...input, by: caller, id }),
      );
      return { reminders: [shortenBody(touched)] };
    },
    async schedule(input, { caller }) {
      gate.admit(caller);
      const kept = await writer.write((tx) => keepSchedule(tx, deps, { owner: caller, asked: input }));
      return { ...kept, schedule: shortenBody(kept.schedule) };
    },
    async schedules({ action, id }, { caller }) {
      if (action === 'list' || id === undefined) return { schedules: schedulesOf(db, caller).map(shortenBody) };
      const touched = await writer.write((tx) =>
        action === 'cancel'
          ? cancelSchedule(tx, deps, { by: caller, id })
          : changeSchedule(tx, deps, { by: caller, id, change: { paused: action === 'pause' } }),
      );
      return { schedules: [shortenBody(touched)] };
    },
  };
}

/** The same for the operator, who sees and changes everybody's. */
export function handleOperatorTimers(deps: TimerHandlerDeps): OperatorTimers {
  const { db, writer, clock } = deps;

  const known = (of: string | undefined): string | null => {
    if (of === undefined) return null;
    if (of !== OPERATOR && !agentExists(db, of)) throw unknownAgent(of, [...agentNames(db), OPERATOR]);
    return of;
  };

  return {
    listReminders({ of, state, limit }) {
      const about = known(of);
      return {
        reminders: listReminders(db, { of: about, state, limit: Math.min(limit, MAX_PAGE) }),
        standing: countStanding(db, about),
      };
    },
    createReminder: (input) => writer.write((tx) => keepReminder(tx, deps, { ...input, owner: OPERATOR })),
    changeReminder: async (input) => ({
      reminder: await writer.write((tx) => changeReminder(tx, deps, { ...input, by: OPERATOR })),
    }),
    cancelReminder: async ({ id }) => ({
      reminder: await writer.write((tx) => cancelReminder(tx, deps, { by: OPERATOR, id })),
    }),

    listSchedules: ({ of }) => ({ schedules: listSchedules(db, known(of)) }),
    createSchedule: (input) => writer.write((tx) => keepSchedule(tx, deps, { owner: OPERATOR, asked: input })),
    changeSchedule: async ({ id, ...change }) => ({
      schedule: await writer.write((tx) => changeSchedule(tx, deps, { by: OPERATOR, id, change })),
    }),
    async cancelSchedule({ id }) {
      await writer.write((tx) => cancelSchedule(tx, deps, { by: OPERATOR, id }));
      return { cancelled: true };
    },

    reminderRollup(input) {
      if (!agentExists(db, input.name)) throw unknownAgent(input.name, agentNames(db));
      const to = input.to ?? clock();
      const from = input.from ?? Math.max(0, to - WEEK_MS);
      if (from > to) throw new HiveError('invalid_input', 'The period ends before it begins: from is after to.');
      return { from, to, rollup: reminderRollup(db, input.name, { from, to }) };
    },
  };
}

function shortenBody<T extends ReminderView | ScheduleView>(view: T): T {
  return { ...view, body: shorten(view.body, LISTED_TEXT) };
}
