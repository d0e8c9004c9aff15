import type { PullDescription, PullEntry } from '../../../../protocol/schemas/pull.ts';
import { ENTRY_WORDS } from '../../../../protocol/pull-words.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Avatar } from './avatar.tsx';
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
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </section>
  );
}

function Entry({ entry }: { entry: PullEntry }) {
  const isSaid = entry.kind === 'comment' || entry.kind === 'approve' || entry.kind === 'request_changes';
  return isSaid ? <Review entry={entry} /> : <Happening entry={entry} />;
}

/** A comment or a judgement, with the commit that it is about. */
function Review({ entry }: { entry: PullEntry }) {
  const { by, kind, at, commit, path, line, stale, body } = entry;
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
        </p>
      )}
      {body !== '' && <Markdown text={body} />}
    </article>
  );
}

/** Something that happened, in a line. */
function Happening({ entry }: { entry: PullEntry }) {
  const { by, kind, at, commit, body } = entry;
  return (
    <div className={classes.happening}>
      <span>
        <Person name={by} /> {ENTRY_WORDS[kind]}
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
