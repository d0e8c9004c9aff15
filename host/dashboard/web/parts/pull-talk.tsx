import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { EntryKind, PullDescription, PullEntry, PullView } from '../../../../protocol/schemas/pull.ts';
import { ENTRY_WORDS } from '../../../../protocol/pull-words.ts';
import { repliesTo } from '../data/pull-threads.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Avatar } from './avatar.tsx';
import { Compose, Suggestion } from './diff-thread.tsx';
import { Markdown } from './markdown.tsx';
import { Ago } from './now.tsx';
import { Person } from './person.tsx';
import { CommitId } from './pull-state.tsx';
import classes from './pull.module.css';

/** The text of a pull request and its conversation, the oldest first. */
export function PullTalk({ description }: { description: PullDescription }) {
  const { pull, body, entries, entriesLeftOut } = description;
  return (
    <section aria-label="Conversation" className={classes.talk}>
      <article className={`panel ${classes.card}`} aria-label={`Text by ${showHiddenLine(pull.author)}`}>
        <header className={classes.head}>
          <Avatar name={pull.author} />
          <span>
            <b>
              <Person name={pull.author} />
            </b>{' '}
            opened it
          </span>
          <Ago at={pull.openedAt} className={classes.when ?? ''} />
        </header>
        {body === '' ? <p className={classes.none}>No text.</p> : <Markdown text={body} />}
      </article>
      {entriesLeftOut > 0 && (
        <p className={classes.none}>
          {entriesLeftOut} older {entriesLeftOut === 1 ? 'entry is' : 'entries are'} left out.
        </p>
      )}
      {entries
        .filter(({ replyTo }) => replyTo === null || !entries.some(({ id }) => id === replyTo))
        .map((entry) =>
          entry.path === null ? (
            <Entry key={entry.id} entry={entry} />
          ) : (
            <AtPlace key={entry.id} root={entry} replies={repliesTo(entries, entry.id)} pull={pull} />
          ),
        )}
    </section>
  );
}

/** A comment or a judgement at a place, with its answers. */
function AtPlace({ root, replies, pull }: { root: PullEntry; replies: readonly PullEntry[]; pull: PullView }) {
  const [answering, setAnswering] = useState(false);
  return (
    <Review entry={root}>
      <Suggestion entry={root} pull={pull} />
      {replies.map((reply) => (
        <div key={reply.id} className={classes.reply}>
          <header className={classes.head}>
            <Avatar name={reply.by} />
            <b>
              <Person name={reply.by} />
            </b>
            <Ago at={reply.at} className={classes.when ?? ''} />
          </header>
          <Markdown text={reply.body} />
          <Suggestion entry={reply} pull={pull} />
        </div>
      ))}
      <div className={classes.reply}>
        {answering ? (
          <Compose
            pull={pull}
            about={{ replyTo: root.id }}
            draft={`reply:${root.id}`}
            label="Answer"
            onClose={() => setAnswering(false)}
          />
        ) : (
          <Button variant="subtle" size="compact-xs" onClick={() => setAnswering(true)}>
            Answer
          </Button>
        )}
      </div>
    </Review>
  );
}

function Entry({ entry }: { entry: PullEntry }) {
  const isSaid = entry.kind === 'comment' || entry.kind === 'approve' || entry.kind === 'request_changes';
  return isSaid ? <Review entry={entry} /> : <Happening entry={entry} />;
}

/** A comment or a judgement, with the commit that it is about. */
function Review({ entry, children }: { entry: PullEntry; children?: ReactNode }) {
  const { by, kind, at, commit, path, line, isOutdated, stale, body } = entry;
  return (
    <article
      className={`panel ${classes.card}`}
      data-kind={stale ? undefined : kind}
      data-stale={stale || undefined}
      aria-label={`${showHiddenLine(by)} ${ENTRY_WORDS[kind]}`}
    >
      <header className={classes.head}>
        <Avatar name={by} />
        <span>
          <b>
            <Person name={by} />
          </b>{' '}
          <span className={classes.said}>{ENTRY_WORDS[kind]}</span>
          {kind !== 'comment' && (
            <>
              {' '}
              <CommitId oid={commit} />
            </>
          )}
          {stale && <span className={classes.stale}>counts no more</span>}
        </span>
        <Ago at={at} className={classes.when ?? ''} />
      </header>
      {path !== null && (
        <p className={classes.place}>
          at <code>{showHiddenLine(path)}</code>
          {line !== null && `, line ${line}`}
          {isOutdated && <span className={classes.stale}>outdated</span>}
        </p>
      )}
      {body !== '' && <Markdown text={body} />}
      {children}
    </article>
  );
}

/** What happened that says more in its text. */
const SAYS_MORE: readonly EntryKind[] = ['unqueued', 'labeled', 'unlabeled'];

/** Something that happened, in a line. */
function Happening({ entry }: { entry: PullEntry }) {
  const { by, kind, at, commit, body } = entry;
  return (
    <div className={classes.happening}>
      <span>
        <Person name={by} /> {ENTRY_WORDS[kind]}
        {SAYS_MORE.includes(kind) && body !== '' && <>: {showHiddenLine(body)}</>}
        {kind === 'base_changed' && body !== '' && (
          <>
            : <code>{showHiddenLine(body)}</code>
          </>
        )}
        {(kind === 'pushed' || kind === 'merged') && (
          <>
            {' '}
            <CommitId oid={commit} />
          </>
        )}
      </span>
      <Ago at={at} className={classes.when ?? ''} />
    </div>
  );
}
