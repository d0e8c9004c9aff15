import { HiveError } from '../../../../protocol/errors.ts';
import { agentName, OPERATOR } from '../../../../protocol/names.ts';
import type { ScheduleAction } from '../../../../protocol/schemas/reminder.ts';

/**
 * The recipient and action of a schedule that its owner asked for: by default it wakes its owner, and sends
 * others a message. Throws `forbidden` for actions of the operator only, and `invalid_input` for those
 * without effect.
 */
export function readAction(
  owner: string,
  asked: { to?: string | undefined; action?: ScheduleAction | undefined },
): { to: string; action: ScheduleAction } {
  const to = asked.to ?? owner;
  const action = asked.action ?? (to === owner ? 'wake' : 'message');
  const isAgent = agentName.safeParse(to).success;
  switch (action) {
    case 'message':
    case 'task':
      if (to === owner)
        throw new HiveError('invalid_input', 'A message to oneself goes nowhere. Use action "wake", or leave it out.');
      break;
    case 'wake':
      if (owner !== OPERATOR && to !== owner)
        throw new HiveError('forbidden', `You can wake only yourself. To write to ${to}, use action "message".`);
      if (!isAgent && to !== OPERATOR)
        throw new HiveError('invalid_input', `Action "wake" is for one recipient, not for "${to}". Use "message".`);
      break;
    case 'start':
      if (owner !== OPERATOR)
        throw new HiveError('forbidden', 'Only the operator can have agents started. Ask the operator.');
      if (!isAgent) throw new HiveError('invalid_input', `Only an agent can be started, not "${to}". Name one.`);
      break;
  }
  return { to, action };
}
