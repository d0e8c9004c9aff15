import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { Link } from 'wouter';
import type { BlameRun } from '../../../../protocol/schemas/browse.ts';
import { createFileHighlighter } from '../data/highlight-file.ts';
import { showHidden, showHiddenLine } from '../data/show-hidden.ts';
import { Ago } from './now.tsx';
import { useTop } from './use-top.ts';
import code from './code.module.css';
import classes from './code-view.module.css';

const LINE_HEIGHT = 20;
const OVERSCAN = 40;

interface Props {
  path: string;
  text: string;
  /** The line that is marked; null: none. */
  line: number | null;
  /** The address of a line. */
  linkTo: (line: number) => string;
  /** With which commits the lines came; null: it is not shown. */
  runs: readonly BlameRun[] | null;
}

/** A text with numbers of lines. Only the lines in view are in the document. */
export function CodeView({ path, text, line, linkTo, runs }: Props) {
  const lines = useMemo(() => splitLines(showHidden(text)), [text]);
  const tokensOf = useMemo(() => createFileHighlighter(path, lines), [path, lines]);
  const begins = useMemo(() => new Map((runs ?? []).map((run) => [run.line, run])), [runs]);
  const ref = useRef<HTMLDivElement>(null);
  const top = useTop(ref);
  // oxlint-disable-next-line react/incompatible-library -- nothing keeps what it returns: each scroll renders the list
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => LINE_HEIGHT,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  useEffect(() => {
    if (line !== null && top > 0) virtual.scrollToIndex(line - 1, { align: 'center' });
    // Only when another line is meant, or when it is known where the text stands.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [line, top > 0]);
  const items = virtual.getVirtualItems();
  return (
    <section
      ref={ref}
      className={`${classes.code} ${code.code}`}
      style={{ height: virtual.getTotalSize() }}
      aria-label={`Text of ${showHiddenLine(path)}`}
      data-blame={runs !== null || undefined}
    >
      <div style={{ transform: `translateY(${(items[0]?.start ?? top) - top}px)` }}>
        {items.map(({ index }) => (
          <div
            key={index}
            ref={virtual.measureElement}
            data-index={index}
            className={classes.line}
            data-marked={index + 1 === line || undefined}
            data-begins={begins.has(index + 1) || undefined}
          >
            {runs !== null && <Origin run={begins.get(index + 1)} />}
            <Link href={linkTo(index + 1)} replace className={classes.number ?? ''} aria-label={`Line ${index + 1}`}>
              {index + 1}
            </Link>
            <span className={classes.text}>
              {tokensOf(index).map(({ text: piece, kind }, at) => (
                // The pieces of a line never change places.
                <span key={at} data-kind={kind ?? undefined}>
                  {piece}
                </span>
              ))}
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

function Origin({ run }: { run: BlameRun | undefined }) {
  if (run === undefined) return <span className={classes.origin} />;
  const { oid, summary, author, at } = run.commit;
  return (
    <span
      className={classes.origin}
      title={`${oid.slice(0, 10)} ${showHiddenLine(author)}: ${showHiddenLine(summary)}`}
    >
      <span className={classes.summary}>{showHiddenLine(summary)}</span>
      <Ago at={at} />
    </span>
  );
}

/** The end of the last line begins no other one. */
function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}
