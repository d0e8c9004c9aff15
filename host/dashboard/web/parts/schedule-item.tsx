import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ScheduleAction, ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import { formatDateTime, formatExact } from '../data/format.ts';
import { useCancelSchedule, useChangeSchedule } from '../data/mutations.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { useConfirm } from './confirm.tsx';
import { Mark } from './message-marks.tsx';
import { Ago, Countdown } from './now.tsx';
import { PlainText } from './plain-text.tsx';
import classes from './reminders.module.css';

const ACTION_WORDS: Record<ScheduleAction, string> = {
  message: 'a message',
  wake: 'a wake',
  start: 'starts it if stopped',
  task: 'a task',
};

/** A schedule, its next run and the actions on it. */
export function ScheduleItem({ schedule, agent }: { schedule: ScheduleView; agent: string }) {
  const { id, owner, to, cron, timeZone, paused, nextAt, body, action, fired, skipped, folded, lastAt, trouble } =
    schedule;
  const ask = useConfirm();
  const change = useChangeSchedule();
  const cancel = useCancelSchedule(() => notifications.show({ message: 'The schedule is gone.' }));
  return (
    <li className={classes.item} data-paused={paused || undefined} aria-label={`Schedule ${cron}`}>
      <div className={classes.what}>
        <div className={classes.when}>
          <code>{cron}</code>
          <span>{timeZone}</span>
          {paused && <Mark tone="warn">Paused</Mark>}
        </div>
        <PlainText text={body} />
        <div className={classes.facts}>
          <span title={nextAt === null ? undefined : formatDateTime(nextAt)}>
            {paused ? (
              'not run until resumed'
            ) : nextAt === null ? (
              'never runs again'
            ) : (
              <>
                next in <Countdown until={nextAt} />, {formatDateTime(nextAt)}
              </>
            )}
          </span>
          <span>
            {ACTION_WORDS[action]}
            {to !== agent && ` to ${formatName(to)}`}
          </span>
          <span>{owner === agent ? 'set by itself' : `set by ${formatName(owner)}`}</span>
          <span>
            ran {formatExact(fired)} ×
            {lastAt !== null && (
              <>
                , last <Ago at={lastAt} />
              </>
            )}
            {skipped > 0 && `, ${formatExact(skipped)} skipped`}
            {folded > 0 && ` (${formatExact(folded)} as the last one waits unread)`}
          </span>
        </div>
        {trouble !== null && <div className={classes.trouble}>The last run failed: {toPlainText(trouble)}</div>}
      </div>
      <Group gap={8}>
        <Button
          variant="default"
          size="xs"
          loading={change.isPending}
          onClick={() =>
            change.mutate(
              { id, paused: !paused },
              { onSuccess: () => notifications.show({ message: paused ? 'The schedule runs again.' : 'Paused.' }) },
            )
          }
        >
          {paused ? 'Resume' : 'Pause'}
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={cancel.isPending}
          onClick={() =>
            ask({
              title: 'Cancel this schedule?',
              text: `It never runs again: “${shorten(toPlainText(body), 160)}”. Pausing keeps it.`,
              verb: 'Cancel the schedule',
              keep: 'Keep it',
              onConfirm: () => cancel.mutate({ id }),
            })
          }
        >
          Cancel
        </Button>
      </Group>
    </li>
  );
}
