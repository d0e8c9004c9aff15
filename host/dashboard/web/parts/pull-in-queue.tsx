import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Link } from 'wouter';
import { sayQueued } from '../../../../protocol/queue-words.ts';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import type { QueueEntryView } from '../../../../protocol/schemas/queue.ts';
import { useFormChange } from '../data/mutations.ts';
import { formatName } from '../data/plain-text.ts';
import { inputOf } from '../data/pull-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Dot } from './dot.tsx';
import { Ago } from './now.tsx';
import { Problem } from './pull-state.tsx';
import classes from './pull.module.css';

/** A pull request's place in the merge queue, and the button that takes it out. */
export function InQueue({ pull, entry }: { pull: PullView; entry: QueueEntryView }) {
  const leave = useFormChange('leaveQueue', ['pulls'], () =>
    notifications.show({ message: `#${pull.number} is no longer in the merge queue.` }),
  );
  return (
    <>
      <h2 className={classes.boxTitle}>
        <Dot color={entry.state === 'waiting' ? 'orange' : 'blue'} />{' '}
        {entry.state === 'waiting' ? 'It waits to be merged' : 'It is being merged'}
      </h2>
      <Text size="sm">It {showHiddenLine(sayQueued(entry))}.</Text>
      <Text size="sm" c="dimmed">
        asked for by {formatName(entry.by)}, <Ago at={entry.at} />; new commits take it out
      </Text>
      <Link href={`/forge/${pull.owner}/${pull.name}/queue`} className="text-link">
        The whole queue
      </Link>
      <Button
        variant="default"
        size="xs"
        fullWidth
        loading={leave.isPending}
        onClick={() => leave.mutate(inputOf(pull))}
      >
        Take it out
      </Button>
      <Problem error={leave.error} />
    </>
  );
}
