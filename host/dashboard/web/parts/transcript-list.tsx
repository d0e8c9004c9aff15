import { Button, Loader } from '@mantine/core';
import { IconArrowDown, IconLink } from '@tabler/icons-react';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { Row } from '../data/transcript-rows.ts';
import type { TranscriptWindow } from '../data/transcript-window.ts';
import type { Target } from '../data/use-reading.ts';
import { TranscriptRow } from './transcript-row.tsx';
import { type Messages, TurnRuns } from './turn.tsx';
import { groupByTurn, useTranscriptList } from './use-transcript-list.ts';
import classes from './transcript-list.module.css';

export interface TranscriptListProps {
  window: TranscriptWindow;
  messages: Messages;
  /** The row to go to. */
  target: Target | null;
  /** The row that is opened, because the searched words are in it. */
  opened: number | null;
  /** Asks for the newest part of the log. */
  onNewest: () => void;
  /** Tells the turn at the top of the view. */
  onPlace: (turn: number | null) => void;
}

/**
 * The rows of a transcript. Only those in view are in the document, however many there are; the rows of a turn stand
 * together as an article.
 */
export function TranscriptList({ window, messages, target, opened, onNewest, onPlace }: TranscriptListProps) {
  const list = useTranscriptList(window);
  const { ref, virtual, items, runs, atEnd, goToEnd, goToIndex } = list;
  const { model } = window;
  const open = useOpenRows(opened);
  const unseen = useUnseen(window.live(), atEnd);

  const placed = useRef<{ window: TranscriptWindow; target: Target | null } | null>(null);
  useLayoutEffect(() => {
    const before = placed.current;
    placed.current = { window, target };
    const index = target === null ? null : model.indexOf(target.seq);
    if (index !== null && before?.target !== target) goToIndex(index, target?.atTop === true ? 'start' : 'center');
    else if (before?.window !== window || before.target !== target) goToEnd();
  }, [window, target, model, goToIndex, goToEnd]);

  const rowAt = (index: number): Row | null => (index < model.count() ? model.row(index) : null);
  const turnAt = (index: number): number | null => (index < model.count() ? model.row(index).turn : runs);
  const top = virtual.getVirtualItemForOffset((virtual.scrollOffset ?? 0) + 80);
  const topTurn = top === undefined || top.index >= virtual.options.count ? null : turnAt(top.index);
  useEffect(() => onPlace(topTurn), [onPlace, topTurn]);

  const targetSeq = target === null ? null : (rowAt(model.indexOf(target.seq) ?? -1)?.seq ?? null);
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable area must be reachable by keyboard */}
      <section className={classes.scroll} ref={ref} onScroll={list.onScroll} aria-label="Transcript" tabIndex={0}>
        <div className={classes.column}>
          <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
            <Edge window={window} />
            <div className={classes.shown} style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
              {groupByTurn(items, turnAt).map(({ turn, items: rows }) => {
                const content = rows.map(({ index }) => {
                  const row = rowAt(index);
                  return (
                    <div
                      key={row?.seq ?? 'runs'}
                      ref={virtual.measureElement}
                      data-index={index}
                      data-in={turn === null ? undefined : (row?.is ?? 'runs')}
                      data-first={(turn !== null && (index === 0 || turnAt(index - 1) !== turn)) || undefined}
                      data-last={
                        (turn !== null && (index === virtual.options.count - 1 || turnAt(index + 1) !== turn)) ||
                        undefined
                      }
                      data-target={(row !== null && row.seq === targetSeq) || undefined}
                      className={classes.row}
                    >
                      <div className={classes.inner}>
                        {row !== null && row.is !== 'moved' && (
                          <Link
                            href={`?event=${row.seq}`}
                            className={classes.link ?? ''}
                            aria-label="Link to this entry"
                          >
                            <IconLink size={14} aria-hidden />
                          </Link>
                        )}
                        {row === null ? (
                          <TurnRuns startedAt={runs === null ? null : model.turn(runs).startedAt} />
                        ) : (
                          <TranscriptRow
                            row={row}
                            facts={turn === null ? undefined : model.turn(turn)}
                            messages={messages}
                            open={open.isOpen(row.seq)}
                            onOpen={open.set}
                          />
                        )}
                      </div>
                    </div>
                  );
                });
                const [first] = rows;
                return turn === null ? (
                  content
                ) : (
                  <article key={`${turn} ${rowAt(first?.index ?? 0)?.seq}`} aria-label={`Turn ${turn}`}>
                    {content}
                  </article>
                );
              })}
            </div>
          </div>
        </div>
      </section>
      {(!atEnd || !window.isNewest()) && (
        <div className={classes.newest}>
          <Button
            size="xs"
            radius="xl"
            leftSection={<IconArrowDown size={14} />}
            onClick={() => (window.isNewest() ? goToEnd() : onNewest())}
          >
            Newest{unseen > 0 ? ` · ${unseen} new` : ''}
          </Button>
        </div>
      )}
    </>
  );
}

/** What is said above the first row: that older ones are being loaded, why they cannot be, or that there are none. */
function Edge({ window }: { window: TranscriptWindow }) {
  const problem = window.problem();
  const load = () => void (window.hasOlder() ? window.loadOlder() : window.loadNewer());
  return (
    <div className={classes.edge}>
      {window.loading() === 'older' && <Loader size={14} type="dots" aria-label="Loading older events" />}
      {window.loading() === null && problem !== null && (
        <Button variant="default" size="xs" onClick={load}>
          Could not be loaded. Try again
        </Button>
      )}
      {window.loading() === null && problem === null && window.hasOlder() && (
        <Button variant="default" size="xs" onClick={load}>
          Load older
        </Button>
      )}
      {!window.hasOlder() && problem === null && <span>The transcript begins here</span>}
    </div>
  );
}

/** Which rows the reader has opened or closed: rows that leave the view are not in the document, and forget. */
function useOpenRows(opened: number | null) {
  const [rows, setRows] = useState<ReadonlyMap<number, boolean>>(new Map());
  const set = useCallback((seq: number, open: boolean) => setRows((before) => new Map([...before, [seq, open]])), []);
  const isOpen = (seq: number) => rows.get(seq) ?? (seq === opened ? true : null);
  return { isOpen, set };
}

/** New rows since the reader left the end. */
function useUnseen(live: number, atEnd: boolean): number {
  const [seen, setSeen] = useState(live);
  if (atEnd && seen !== live) setSeen(live);
  return atEnd ? 0 : Math.max(0, live - seen);
}
