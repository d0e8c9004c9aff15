import { Button, Group, UnstyledButton } from '@mantine/core';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { IconChevronRight } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ChangedFile } from '../../../../protocol/schemas/pull.ts';
import type { PullPlace } from '../data/pull-keys.ts';
import { usePullDiff } from '../data/pull-queries.ts';
import { joinPages, type PatchFile, type PatchRow, type PatchSection } from '../data/read-patch.ts';
import { Line } from './diff.tsx';
import { ErrorState, LoadingRows } from './page.tsx';
import lines from './diff.module.css';
import classes from './pull-diff.module.css';

/** Heights (px) of rows that were not rendered yet. */
const HEIGHTS: Readonly<Record<PatchRow['is'], number>> = { file: 52, line: 19, note: 28 };
const OVERSCAN = 20;
/** The next page is loaded when fewer rows than this are below those in view. */
const AHEAD = 200;

interface Props {
  place: PullPlace;
  commit: string;
  base: string;
  /** One file alone; null: all. */
  path: string | null;
  /** The figures of files. */
  files: readonly ChangedFile[];
}

/**
 * What a commit of a pull request changes. Only the rows in view are in the document, however many there are; further
 * pages are loaded as they come near.
 */
export function PullDiff({ place, commit, base, path, files }: Props) {
  const diff = usePullDiff(place, { commit, base, path });
  const sections = useMemo(() => joinPages(diff.data?.pages ?? []), [diff.data]);
  if (diff.data === undefined && diff.error !== null)
    return <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />;
  if (diff.data === undefined) return <LoadingRows rows={8} height={28} />;
  if (sections.length === 0) return <p className={classes.nothing}>There is nothing to show: it changes no file.</p>;
  return (
    <>
      <PatchList
        sections={sections}
        files={files}
        onEnd={() => {
          if (diff.hasNextPage && !diff.isFetching && diff.error === null) void diff.fetchNextPage();
        }}
      />
      {diff.isFetchingNextPage && <LoadingRows rows={2} height={24} />}
      {diff.error !== null && (
        <Group justify="center" mt="md" role="alert">
          <span>{diff.error.message}</span>
          <Button variant="default" size="xs" onClick={() => void diff.fetchNextPage()}>
            Try again
          </Button>
        </Group>
      )}
    </>
  );
}

function PatchList(props: { sections: readonly PatchSection[]; files: readonly ChangedFile[]; onEnd: () => void }) {
  const { sections, files, onEnd } = props;
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => listRows(sections, closed), [sections, closed]);
  const figures = useMemo(() => new Map(files.map((file) => [file.path, file])), [files]);
  const ref = useRef<HTMLDivElement>(null);
  const top = useTop(ref);
  // oxlint-disable-next-line react/incompatible-library -- nothing keeps what it returns: each scroll renders the list
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => HEIGHTS[rows[index]?.is ?? 'line'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last + AHEAD >= rows.length) onEnd();
  });
  const toggle = (file: number) =>
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(file)) next.add(file);
      return next;
    });
  return (
    <>
      <Group justify="flex-end" mb={8}>
        <Button
          variant="default"
          size="xs"
          onClick={() => setClosed(closed.size > 0 ? new Set() : new Set(sections.map((_, index) => index)))}
        >
          {closed.size > 0 ? 'Open all files' : 'Close all files'}
        </Button>
      </Group>
      <section ref={ref} className={classes.list} style={{ height: virtual.getTotalSize() }} aria-label="Changes">
        <div style={{ transform: `translateY(${(items[0]?.start ?? top) - top}px)` }}>
          {items.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const isLast = rows[index + 1] === undefined || rows[index + 1]?.is === 'file';
            return (
              <div
                key={row.key}
                ref={virtual.measureElement}
                data-index={index}
                className={classes.row}
                data-is={row.is}
                data-last={isLast || undefined}
              >
                {row.is === 'file' && (
                  <FileHead
                    file={row.file}
                    figures={figures.get(row.file.path)}
                    open={!closed.has(row.of)}
                    onToggle={() => toggle(row.of)}
                  />
                )}
                {row.is === 'line' && (
                  <div className={classes.line}>
                    <Line line={row.line} />
                  </div>
                )}
                {row.is === 'note' && <div className={classes.note}>{row.text}</div>}
              </div>
            );
          })}
        </div>
      </section>
    </>
  );
}

function FileHead(props: { file: PatchFile; figures: ChangedFile | undefined; open: boolean; onToggle: () => void }) {
  const { file, figures, open } = props;
  const marks = [
    ...(file.change === 'changed' || file.change === 'moved' ? [] : [file.change]),
    ...(file.isBinary ? ['binary'] : []),
    ...(file.modes === null ? [] : [`mode ${file.modes[0]} → ${file.modes[1]}`]),
  ];
  return (
    <UnstyledButton className={`${lines.head} ${classes.head}`} aria-expanded={open} onClick={props.onToggle}>
      <IconChevronRight size={14} aria-hidden />
      <span className={lines.path}>
        {file.movedFrom !== null && `${file.movedFrom} → `}
        {file.path}
        {marks.length > 0 && <span className={lines.change}> {marks.join(', ')}</span>}
      </span>
      <FileFigures file={figures} />
    </UnstyledButton>
  );
}

/** How many lines a file gains and loses. */
export function FileFigures({ file }: { file: ChangedFile | undefined }) {
  if (file === undefined) return null;
  if (file.added === null || file.removed === null) return <span className={lines.counts}>binary</span>;
  return (
    <span className={lines.counts}>
      <span className={lines.plus}>+{file.added}</span>
      <span className={lines.minus}>−{file.removed}</span>
    </span>
  );
}

/** A row with the number of its file. */
type Shown = PatchRow & { readonly key: string; readonly of: number };

/** All rows but those of closed files. A row's key stays the same whatever is opened, closed or loaded. */
function listRows(sections: readonly PatchSection[], closed: ReadonlySet<number>): Shown[] {
  return sections.flatMap(({ file, rows }, of) => [
    { is: 'file' as const, file, key: `${of}`, of },
    ...(closed.has(of) ? [] : rows.map((row, index) => ({ ...row, key: `${of}:${index}`, of }))),
  ]);
}

/** The element's distance (px) from the top of the document. */
function useTop(ref: React.RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const box = ref.current?.getBoundingClientRect();
      if (box !== undefined) setTop(Math.round(box.top + window.scrollY));
    };
    measure();
    // What stands above may grow or shrink, and the document with it.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [ref]);
  return top;
}
