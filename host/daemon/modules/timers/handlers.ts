import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { ReminderView, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import type { Db } from '../../../../store/open-store.ts';
import { cancelReminder, changeReminder, keepReminder, type TimerDeps } from './reminders.ts';
import { cancelSchedule, changeSchedule, keepSchedule } from './schedules.ts';
import { unknownAgent } from '../agents/unknown-agent.ts';
import { agentExists, agentNames } from '../agents/queries.ts';
import { countStanding, listReminders, standingOf } from './store/reminders.ts';
import { listSchedules, schedulesOf } from './store/schedules.ts';
import { reminderRollup } from './store/timers.ts';
import type { Writer } from '../../core/writer.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { pageOf } from '../../core/page.ts';
import { requireKnown } from '../agents/known-agent.ts';

export interface TimerHandlerDeps extends TimerDeps {
  db: Db;
  writer: Writer;
}

/**
 * Maximum length of each text in an agent's list (UTF-16 units): the texts are its own, and its context is
 * limited.
 */
const LISTED_TEXT = 300;
const WEEK_MS = 7 * 86_400_000;

/** Handlers of reminders and schedules, for agents and the operator. */
export function handleTimers(deps: TimerHandlerDeps) {
  return { agent: handleAgentTimers(deps), operator: handleOperatorTimers(deps) };
}

/** Handlers for agents: an agent sees and changes only reminders and schedules that it set itself. */
function handleAgentTimers(deps: TimerHandlerDeps) {
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
  } satisfies ModuleHandlers['agent'];
}

/** The same for the operator, who sees and changes all of them. */
function handleOperatorTimers(deps: TimerHandlerDeps) {
  const { db, writer, clock } = deps;

  const known = (of: string | undefined) => requireKnown(db, of);

  return {
    listReminders({ of, state, limit }) {
      const about = known(of);
      return {
        reminders: listReminders(db, { of: about, state, limit: pageOf(limit) }),
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
  } satisfies ModuleHandlers['operator'];
}

function shortenBody<T extends ReminderView | ScheduleView>(view: T): T {
  return { ...view, body: shorten(view.body, LISTED_TEXT) };
}
