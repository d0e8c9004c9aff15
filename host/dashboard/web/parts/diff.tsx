import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { FileChange } from '../data/transcript-rows.ts';
import { oneLine, toPlainText } from '../data/plain-text.ts';
import { createPairs, createWordMarker, type DiffPiece } from '../data/compare-words.ts';
import { type DiffLine, readDiff } from '../data/read-diff.ts';
import { CHANGED, SIGNS } from './diff-signs.ts';
import { Marked, useMark } from './marked.tsx';
import classes from './diff.module.css';

/** Lines shown until the reader asks for all. */
const SHOWN = 24;
/** Each line is several elements: no more are shown, whatever the agent's program reports. */
const MOST_SHOWN = 2_000;

/** The diff of a changed file alone, for a line that names the file. */
export function BareDiff({ change }: { change: FileChange }) {
  return (
    <section className={classes.file} data-bare aria-label={`${change.change} ${oneLine(change.path)}`}>
      <DiffLines change={change} />
    </section>
  );
}

/** How many lines a change adds and removes; nothing where that is not known. */
export function LineCounts({ change: { added, removed } }: { change: FileChange }) {
  if (added === null || removed === null) return null;
  return (
    <span className={classes.counts}>
      {added > 0 && <span className={classes.plus}>+{added}</span>}
      {removed > 0 && <span className={classes.minus}>−{removed}</span>}
    </span>
  );
}

/** A changed file: its path, how many lines, and the diff. */
export function FileDiff({ change, open, onToggle }: { change: FileChange; open: boolean; onToggle: () => void }) {
  const { path, movedTo, diff } = change;
  const hasDiff = diff !== '';
  return (
    <section className={classes.file} aria-label={`${change.change} ${oneLine(path)}`}>
      <UnstyledButton
        className={classes.head}
        aria-expanded={hasDiff ? open : undefined}
        disabled={!hasDiff}
        onClick={onToggle}
      >
        {hasDiff && <IconChevronRight size={14} aria-hidden />}
        <span className={classes.path}>
          {oneLine(path)}
          {movedTo !== null && ` → ${oneLine(movedTo)}`}
          {change.change !== 'changed' && <span className={classes.change}> {change.change}</span>}
        </span>
        <LineCounts change={change} />
      </UnstyledButton>
      {open && hasDiff && <DiffLines change={change} />}
    </section>
  );
}

function DiffLines({ change: { diff, truncated } }: { change: FileChange }) {
  const all = useMemo(() => readDiff(toPlainText(diff)), [diff]);
  const lines = all.slice(0, MOST_SHOWN);
  const piecesOf = useMemo(() => {
    const partnerOf = createPairs(all);
    const mark = createWordMarker();
    return (at: number) => (all[at] === undefined ? [] : mark(all[at], all[partnerOf(at)] ?? null));
  }, [all]);
  const mark = useMark();
  const [isWhole, setWhole] = useState(false);
  const rest = lines.slice(SHOWN);
  const isMarked = mark !== '' && rest.some(({ text }) => text.toLowerCase().includes(mark));
  const shown = isWhole || isMarked || rest.length < 4 ? lines : lines.slice(0, SHOWN);
  return (
    <>
      <div className={classes.lines}>
        {shown.map((line, index) => (
          // The lines of a diff never change places.
          <Line key={index} line={line} pieces={piecesOf(index)} />
        ))}
      </div>
      {rest.length >= 4 && !isMarked && (
        <UnstyledButton className={classes.more} aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show less' : `Show ${rest.length} more lines`}
        </UnstyledButton>
      )}
      {all.length > lines.length && shown === lines && (
        <div className={classes.remark}>{all.length - lines.length} further lines are not shown here.</div>
      )}
      {truncated && shown === lines && <div className={classes.remark}>The hive kept only this much of it.</div>}
    </>
  );
}

/** A line of a diff with its numbers. */
function Line({ line, pieces }: { line: DiffLine; pieces: readonly DiffPiece[] }) {
  if (line.is === 'gap') return <div className={classes.gap}>⋯</div>;
  return (
    <div className={classes.line} data-is={line.is}>
      <span className={classes.number}>{line.old}</span>
      <span className={classes.number}>{line.new ?? line.old}</span>
      <span className={classes.sign}>{SIGNS[line.is]}</span>
      <span className={classes.text}>
        {pieces.map(({ text, changed }, index) => {
          const Piece = changed ? CHANGED[line.is] : 'span';
          return (
            <Piece key={index} className={changed ? classes.changed : undefined}>
              <Marked text={text} />
            </Piece>
          );
        })}
      </span>
    </div>
  );
}
