import { UnstyledButton } from '@mantine/core';
import { IconMessagePlus } from '@tabler/icons-react';
import type { LineAt } from '../data/diff-rows.ts';
import type { ShownPiece } from '../data/highlight-diff.ts';
import type { DiffLine } from '../data/read-diff.ts';
import { CHANGED, SIGNS } from './diff-signs.ts';
import colors from './code.module.css';
import lines from './diff.module.css';
import classes from './pull-diff.module.css';

interface Props {
  piecesOf: (at: number) => readonly ShownPiece[];
  /** Begins a comment on a line of the new file; null: nobody can comment there now. */
  onComment: ((line: number) => void) | null;
}

/** A line of a diff with both numbers. */
export function PatchLine({ line, at, piecesOf, onComment }: Props & LineAt) {
  if (line.is === 'gap') return <div className={lines.gap}>⋯</div>;
  return (
    <div className={`${lines.line} ${classes.code} ${colors.code}`} data-is={line.is}>
      <span className={lines.number}>{line.old}</span>
      <span className={lines.number}>{line.new ?? line.old}</span>
      <Sign line={line} onComment={onComment} />
      <Code is={line.is} pieces={piecesOf(at)} />
    </div>
  );
}

/** A line of the old file beside the line of the new one that stands in its place. */
export function PatchPair(props: Props & { left: LineAt | null; right: LineAt | null }) {
  const { left, right, piecesOf, onComment } = props;
  if (right?.line.is === 'gap') return <div className={lines.gap}>⋯</div>;
  return (
    <div className={`${classes.pair} ${classes.code} ${colors.code}`}>
      <Half one={left} number={left?.line.old ?? null} piecesOf={piecesOf} onComment={null} />
      <Half one={right} number={right?.line.new ?? null} piecesOf={piecesOf} onComment={onComment} />
    </div>
  );
}

function Half({ one, number, piecesOf, onComment }: Props & { one: LineAt | null; number: number | null }) {
  if (one === null) return <div className={classes.nothingThere} />;
  return (
    <div className={`${lines.line} ${classes.half}`} data-is={one.line.is}>
      <span className={lines.number}>{number}</span>
      <Sign line={one.line} onComment={onComment} />
      <Code is={one.line.is} pieces={piecesOf(one.at)} />
    </div>
  );
}

/** The sign of a line; on lines of the new file, a button that begins a comment takes its place. */
function Sign({ line, onComment }: { line: DiffLine } & Pick<Props, 'onComment'>) {
  const number = line.new;
  return (
    <span className={`${lines.sign} ${classes.sign}`}>
      <span>{SIGNS[line.is]}</span>
      {onComment !== null && number !== null && (
        <UnstyledButton
          className={classes.comment}
          aria-label={`Comment on line ${number}`}
          onClick={() => onComment(number)}
        >
          <IconMessagePlus size={14} aria-hidden />
        </UnstyledButton>
      )}
    </span>
  );
}

function Code({ is, pieces }: { is: DiffLine['is']; pieces: readonly ShownPiece[] }) {
  return (
    <span className={lines.text}>
      {pieces.map(({ text, changed, kind }, index) => {
        const Piece = changed ? CHANGED[is] : 'span';
        return (
          // The pieces of a line never change places.
          <Piece key={index} className={changed ? lines.changed : undefined} data-kind={kind ?? undefined}>
            {text}
          </Piece>
        );
      })}
    </span>
  );
}
