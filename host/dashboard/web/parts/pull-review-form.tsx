import { Button, Group, Text, Textarea } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { HiveError } from '../../../../protocol/errors.ts';
import type { PullView, Verdict } from '../../../../protocol/schemas/pull.ts';
import { useFormChange } from '../data/mutations.ts';
import { inputOf } from '../data/pull-queries.ts';
import { pullPath } from '../data/pull-view.ts';
import { ActionButton } from './action-button.tsx';
import { CommitId, Problem } from './pull-state.tsx';
import classes from './pull.module.css';

const DONE: Readonly<Record<Verdict, string>> = {
  comment: 'Your comment is there.',
  approve: 'You approved it.',
  request_changes: 'You asked for changes.',
};

/** The form to comment on a pull request and to judge the commit that is shown. */
export function PullReviewForm(props: { pull: PullView; commit: string; onReload: () => void }) {
  const { pull, commit, onReload } = props;
  const [body, setBody] = useSessionStorage({ key: `draft:${pullPath(pull)}`, defaultValue: '' });
  const review = useFormChange('reviewPull', ['pulls'], (_, input) => {
    // What was typed while the forge answered is the next comment.
    setBody((now) => (now === input.body ? '' : now));
    notifications.show({ message: DONE[input.verdict] });
  });
  const words = body.trim();
  const ended = pull.state === 'open' ? null : `It is ${pull.state}: there is nothing to judge.`;
  const give = (verdict: Verdict) => {
    const about = verdict === 'comment' ? {} : { commit };
    if (!review.isPending) review.mutate({ ...inputOf(pull), ...about, verdict, body });
  };
  const button = (verdict: Verdict) => ({
    loading: review.isPending && review.variables.verdict === verdict,
    onClick: () => give(verdict),
  });
  return (
    <form
      aria-label="Your review"
      className={`panel ${classes.form}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (words !== '') give('comment');
      }}
    >
      <Textarea
        aria-label="Comment"
        placeholder="Write a comment, in Markdown"
        autosize
        minRows={3}
        maxRows={16}
        maxLength={20_000}
        value={body}
        onChange={(event) => setBody(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && words !== '') give('comment');
        }}
      />
      <Problem error={review.error} />
      {review.error instanceof HiveError && review.error.code === 'pull_moved' && (
        <Button
          variant="default"
          size="xs"
          mt={6}
          onClick={() => {
            review.reset();
            onReload();
          }}
        >
          Show the newest commit
        </Button>
      )}
      <Group justify="space-between" gap={8} mt="sm">
        <Text size="sm" c="dimmed">
          {pull.state === 'open' && (
            <>
              You judge <CommitId oid={commit} />
            </>
          )}
        </Text>
        <Group gap={8}>
          <ActionButton
            reason={ended ?? (words === '' ? 'Write what should change.' : null)}
            {...button('request_changes')}
          >
            Request changes
          </ActionButton>
          <ActionButton reason={ended} {...button('approve')}>
            Approve
          </ActionButton>
          <ActionButton variant="filled" reason={words === '' ? 'Write something first.' : null} {...button('comment')}>
            Comment
          </ActionButton>
        </Group>
      </Group>
    </form>
  );
}
