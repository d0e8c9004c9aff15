import { Title } from '@mantine/core';
import { type DraftChange, differingLines, EFFECT_WORDS } from '../data/spec-draft.ts';
import classes from './spec.module.css';

/** The unsaved changes of a spec, with the time when each takes effect. */
export function SpecChanges({ changes }: { changes: readonly DraftChange[] }) {
  if (changes.length === 0) return null;
  return (
    <section className={`panel ${classes.changes}`} aria-label="Changes">
      <Title order={2}>Changes</Title>
      <ul>
        {changes.map((change) => (
          <li key={change.field}>
            <span>
              <b>{change.label}</b>{' '}
              {change.field !== 'prompt' && (
                <>
                  {change.before === '' ? 'none' : change.before} → {change.after === '' ? 'none' : change.after}
                </>
              )}{' '}
              <span className={classes.effect}>{EFFECT_WORDS[change.effect]}</span>
            </span>
            {change.field === 'prompt' && <PromptDiff before={change.before} after={change.after} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function PromptDiff({ before, after }: { before: string; after: string }) {
  const { removed, added } = differingLines(before, after);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable area must be reachable by keyboard
    <section className={classes.diff} aria-label="The prompt's changed lines" tabIndex={0}>
      {removed.length > 0 && <del>{removed.map((line) => `− ${line}`).join('\n')}</del>}
      {added.length > 0 && <ins>{added.map((line) => `+ ${line}`).join('\n')}</ins>}
    </section>
  );
}
