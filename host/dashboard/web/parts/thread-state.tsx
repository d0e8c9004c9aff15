import { Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ThreadState, ThreadView } from '../../../../protocol/schemas/message.ts';
import { useSetThread } from '../data/mutations.ts';
import { THREAD_ACTIONS, THREAD_STYLES, whyNotThread } from '../data/thread-rules.ts';
import { toPlainText } from '../data/plain-text.ts';
import { ActionButton } from './action-button.tsx';
import { Dot } from './dot.tsx';
import classes from './thread-state.module.css';

/** A thread state's dot and label. */
export function ThreadStateBadge({ state }: { state: ThreadState }) {
  const { label, color } = THREAD_STYLES[state];
  return (
    <Group component="span" display="inline-flex" gap={7} wrap="nowrap">
      <Dot color={color} hollow={state === 'closed'} />
      <Text span inherit fw={520} c="var(--mantine-color-text)">
        {label}
      </Text>
    </Group>
  );
}

/** The actions on a thread. A disabled one stays focusable and shows the reason. */
export function ThreadButtons({ thread }: { thread: ThreadView }) {
  const set = useSetThread();
  return (
    <Group gap={8}>
      {THREAD_ACTIONS.map((action) => {
        const reason = whyNotThread(action, thread.state);
        const isMain = thread.state === 'paused' && action.action === 'open';
        return (
          <ActionButton
            key={action.action}
            reason={reason}
            variant={isMain ? 'filled' : 'default'}
            loading={set.isPending && set.variables.state === action.action}
            onClick={() =>
              set.mutate(
                { id: thread.id, state: action.action },
                { onSuccess: () => notifications.show({ message: action.doneText }) },
              )
            }
          >
            {action.label[thread.state]}
          </ActionButton>
        );
      })}
    </Group>
  );
}

/** hived's reason why a thread is paused or closed. */
export function ThreadNotice({ thread }: { thread: Pick<ThreadView, 'state' | 'why'> }) {
  if (thread.state === 'open') return null;
  return (
    <section className={classes.notice} data-state={thread.state} aria-label={`The thread is ${thread.state}`}>
      <b>{THREAD_STYLES[thread.state].label}</b>
      {thread.why !== null && <span>{toPlainText(thread.why)}</span>}
      <span>{thread.state === 'paused' ? 'New messages are held.' : 'Replies are refused.'}</span>
    </section>
  );
}
