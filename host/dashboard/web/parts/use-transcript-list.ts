import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useWindowVersion } from '../data/transcript-query.ts';
import type { Row } from '../data/transcript-rows.ts';
import type { TranscriptWindow } from '../data/transcript-window.ts';

/** The distance (px) from the end within which the view follows new rows. */
const NEAR_PX = 48;
/** Rows rendered beyond the visible ones. */
const OVERSCAN = 8;
/** Further pages are loaded when less than this (px) is left in a direction. */
const AHEAD_PX = 1_200;
/** Room (px) for what is said above the first and below the last row. */
export const ROOM_ABOVE = 56;
const ROOM_BELOW = 20;

/** Heights (px) of rows that were not rendered yet. */
const HEIGHTS: Readonly<Record<Row['is'], number>> = {
  start: 96,
  text: 62,
  thinking: 36,
  plan: 36,
  tool: 36,
  change: 220,
  todos: 110,
  result: 36,
  note: 30,
  end: 66,
  moved: 0,
};
/** The row after the last one, while a turn runs. */
const RUNS_HEIGHT = 66;

/**
 * The rows of a window that are rendered: those in view and a few beyond. At the end the view follows new rows; elsewhere it
 * keeps its place, whatever is added before or after. Pages are loaded when their edge comes near.
 */
export function useTranscriptList(window: TranscriptWindow) {
  const { model } = window;
  const version = useWindowVersion(window);
  const ref = useRef<HTMLElement>(null);
  const runs = window.isNewest() ? model.running() : null;
  const count = model.count() + (runs === null ? 0 : 1);
  const [atEnd, setAtEnd] = useState(true);
  /** False until the list has been scrolled to where it begins. */
  const isPlaced = useRef(false);

  const getItemKey = useCallback(
    (index: number) => (index < model.count() ? model.row(index).seq : `runs ${index}`),
    [model],
  );
  const estimateSize = useCallback(
    (index: number) => (index < model.count() ? HEIGHTS[model.row(index).is] : RUNS_HEIGHT),
    [model],
  );
  // oxlint-disable-next-line react/incompatible-library -- nothing keeps what it returns: each scroll renders the list
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => ref.current,
    estimateSize,
    getItemKey,
    overscan: OVERSCAN,
    paddingStart: ROOM_ABOVE,
    paddingEnd: ROOM_BELOW,
    scrollPaddingStart: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_PX,
  });

  const goToEnd = useCallback(() => {
    isPlaced.current = true;
    virtual.scrollToEnd();
    setAtEnd(true);
  }, [virtual]);

  const goToIndex = useCallback(
    (index: number, align: 'start' | 'center' = 'center') => {
      isPlaced.current = true;
      virtual.scrollToIndex(index, { align });
    },
    [virtual],
  );

  const onScroll = useCallback(() => {
    const element = ref.current;
    if (element !== null) setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX);
  }, []);

  // A view whose size changes stays at the end.
  const isFollowing = useRef(atEnd);
  useEffect(() => {
    isFollowing.current = atEnd;
  }, [atEnd]);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (isFollowing.current && isPlaced.current) virtual.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtual]);

  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => {
    const element = ref.current;
    if (element === null || !isPlaced.current || window.loading() !== null || window.problem() !== null) return;
    // As it is scrolled now: the rows may have been chosen before it was scrolled to its place.
    const { scrollTop, clientHeight, scrollHeight } = element;
    if (scrollTop < AHEAD_PX && window.hasOlder()) void window.loadOlder();
    else if (scrollHeight - scrollTop - clientHeight < AHEAD_PX && !window.isNewest()) void window.loadNewer();
  }, [first, last, count, version, window]);

  return { ref, virtual, items, runs, version, atEnd, onScroll, goToEnd, goToIndex };
}

/** Rendered rows of one turn that stand together; `turn` is null for a row between turns. */
export interface RowGroup {
  readonly turn: number | null;
  readonly items: readonly VirtualItem[];
}

export function groupByTurn(items: readonly VirtualItem[], turnOf: (index: number) => number | null): RowGroup[] {
  const groups: { turn: number | null; items: VirtualItem[] }[] = [];
  for (const item of items) {
    const turn = turnOf(item.index);
    const newest = groups.at(-1);
    if (newest !== undefined && turn !== null && newest.turn === turn) newest.items.push(item);
    else groups.push({ turn, items: [item] });
  }
  return groups;
}
