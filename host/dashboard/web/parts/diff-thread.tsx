import { Button, Group, Textarea } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { useState } from 'react';
import type { PullEntry, PullView } from '../../../../protocol/schemas/pull.ts';
import { ENTRY_WORDS } from '../../../../protocol/pull-words.ts';
import { readSuggestion } from '../../../../protocol/suggestion.ts';
import { useFormChange } from '../data/mutations.ts';
import { inputOf } from '../data/pull-queries.ts';
import type { Thread } from '../data/pull-threads.ts';
import { pullPath } from '../data/pull-view.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { ActionButton } from './action-button.tsx';
import { Avatar } from './avatar.tsx';
import { Markdown } from './markdown.tsx';
import { Ago } from './now.tsx';
import { Person } from './person.tsx';
import { Problem } from './pull-state.tsx';
import classes from './diff-thread.module.css';

/** A comment at a place with its answers, and the field for another one. */
export function DiffThread({ thread: { root, replies }, pull }: { thread: Thread; pull: PullView }) {
  const [answering, setAnswering] = useState(false);
  return (
    <div className={classes.thread}>
      {root.isOutdated && (
        <p className={classes.place}>
          <span className={classes.outdated}>outdated</span> about line {root.line}, which was changed since
        </p>
      )}
      {[root, ...replies].map((entry) => (
        <Said key={entry.id} entry={entry} pull={pull} />
      ))}
      {answering ? (
        <Compose
          pull={pull}
          about={{ replyTo: root.id }}
          draft={`reply:${root.id}`}
          label="Answer"
          onClose={() => setAnswering(false)}
        />
      ) : (
        <Button variant="subtle" size="compact-xs" className={classes.answer ?? ''} onClick={() => setAnswering(true)}>
          Answer
        </Button>
      )}
    </div>
  );
}

function Said({ entry, pull }: { entry: PullEntry; pull: PullView }) {
  return (
    <article className={classes.said} aria-label={`${showHiddenLine(entry.by)} ${ENTRY_WORDS[entry.kind]}`}>
      <header className={classes.head}>
        <Avatar name={entry.by} />
        <b>
          <Person name={entry.by} />
        </b>
        {entry.kind !== 'comment' && <span>{ENTRY_WORDS[entry.kind]}</span>}
        <Ago at={entry.at} />
      </header>
      {entry.body !== '' && <Markdown text={entry.body} />}
      <Suggestion entry={entry} pull={pull} />
    </article>
  );
}

/** Commits what a comment suggests; nothing where it suggests nothing. */
export function Suggestion({ entry, pull }: { entry: PullEntry; pull: PullView }) {
  const apply = useFormChange('applySuggestion', ['pulls']);
  if (entry.line === null || readSuggestion(entry.body) === null) return null;
  const ended = pull.state === 'open' ? null : `It is ${pull.state}.`;
  return (
    <>
      <Group mt={8}>
        <ActionButton
          reason={ended ?? (entry.isOutdated ? 'The line was changed since.' : null)}
          loading={apply.isPending}
          onClick={() => apply.mutate({ ...inputOf(pull), entry: entry.id })}
        >
          Commit the suggestion
        </ActionButton>
      </Group>
      <Problem error={apply.error} />
    </>
  );
}

interface ComposeProps {
  pull: PullView;
  about: { replyTo: number } | { path: string; line: number; commit: string };
  /** Under this name the text is kept until it is sent. */
  draft: string;
  label: string;
  onClose: () => void;
}

/** A field for a comment at a place. */
export function Compose({ pull, about, draft, label, onClose }: ComposeProps) {
  const [body, setBody] = useSessionStorage({ key: `draft:${pullPath(pull)}:${draft}`, defaultValue: '' });
  const review = useFormChange('reviewPull', ['pulls'], () => {
    setBody('');
    onClose();
  });
  const isEmpty = body.trim() === '';
  const send = () => {
    if (!isEmpty && !review.isPending)
      review.mutate({ ...inputOf(pull), ...(about as object), verdict: 'comment', body });
  };
  return (
    <form
      className={classes.compose}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Textarea
        aria-label={label}
        placeholder="Markdown. A ```suggestion block is put in place of the line"
        autosize
        minRows={2}
        maxRows={12}
        maxLength={20_000}
        value={body}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it opens because somebody wants to write
        autoFocus
        onChange={(event) => setBody(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
          if (event.key === 'Escape' && isEmpty) onClose();
        }}
      />
      <Problem error={review.error} />
      <Group gap={8} mt={8} justify="flex-end">
        <Button variant="default" size="xs" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" size="xs" disabled={isEmpty} loading={review.isPending}>
          {label}
        </Button>
      </Group>
    </form>
  );
}
