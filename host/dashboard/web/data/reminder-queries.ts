import { useQuery } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import { callHive } from './api.ts';

const MOST = 200;
const DAY_MS = 86_400_000;

/** The periods of the roll-up table. */
export const ROLLUP_PERIODS = [
  { label: '24 hours', ms: DAY_MS },
  { label: '7 days', ms: 7 * DAY_MS },
  { label: '30 days', ms: 30 * DAY_MS },
] as const;

/** Pending reminders set by or for an agent, soonest first. */
export function useReminders(agent: AgentName) {
  return useQuery({
    queryKey: ['reminders', 'standing', agent],
    queryFn: ({ signal }) => callHive('listReminders', { of: agent, limit: MOST }, signal),
  });
}

export function useSchedules(agent: AgentName) {
  return useQuery({
    queryKey: ['reminders', 'schedules', agent],
    queryFn: ({ signal }) => callHive('listSchedules', { of: agent }, signal),
  });
}

/** Counts of an agent's reminders by outcome, one entry for each of ROLLUP_PERIODS up to now. */
export function useRollups(name: AgentName) {
  return useQuery({
    queryKey: ['reminders', 'rollup', name],
    queryFn: async ({ signal }) => {
      const to = Date.now();
      const answers = ROLLUP_PERIODS.map(({ ms }) =>
        callHive('reminderRollup', { name, from: to - ms, to: to + 1 }, signal),
      );
      return (await Promise.all(answers)).map(({ rollup }) => rollup);
    },
  });
}
