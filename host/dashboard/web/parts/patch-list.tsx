import { Button, Checkbox, Group, SegmentedControl, Switch, UnstyledButton } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { IconChevronRight } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ChangedFile, PullDescription } from '../../../../protocol/schemas/pull.ts';
import { type DiffRow, listDiffRows } from '../data/diff-rows.ts';
import { createDiffHighlighter } from '../data/highlight-diff.ts';
import { isGenerated } from '../data/is-generated.ts';
import { listThreads } from '../data/pull-threads.ts';
import { pullPath } from '../data/pull-view.ts';
import type { PatchFile, PatchSection } from '../data/read-patch.ts';
import { useViewedFiles } from '../data/viewed-files.ts';
import { Compose, DiffThread } from './diff-thread.tsx';
import { PatchLine, PatchPair } from './patch-line.tsx';
import { useTop } from './use-top.ts';
import lines from './diff.module.css';
import classes from './pull-diff.module.css';

/** Heights (px) of rows that were not rendered yet. */
const HEIGHTS: Readonly<Record<DiffRow['is'], number>> = { file: 52, line: 19, pair: 19, note: 28, thread: 120, compose: 150 }; // prettier-ignore
const OVERSCAN = 20;
/** The next page is loaded when fewer rows than this are below those in view. */
const AHEAD = 200;

interface Props {
  sections: readonly PatchSection[];
  files: readonly ChangedFile[];
  description: Pick<PullDescription, 'pull' | 'entries'>;
  /** The commit whose changes are shown. */
  commit: string;
  onEnd: () => void;
}

/** The rows of a diff. Only those in view are in the document, however many there are. */
export function PatchList({ sections, files, description, commit, onEnd }: Props) {
  const { pull, entries } = description;
  const [layout, setLayout] = useLocalStorage<'unified' | 'split'>({ key: 'diff-layout', defaultValue: 'unified' });
  const [words, setWords] = useLocalStorage<'marked' | 'plain'>({ key: 'diff-words', defaultValue: 'marked' });
  const isNarrow = useMediaQuery('(max-width: 62em)');
  const isSplit = layout === 'split' && !isNarrow;
  const viewed = useViewedFiles(pullPath(pull));
  const opening = useOpening(viewed.isViewed);
  const { isOpen } = opening;
  const [composing, setComposing] = useState<{ path: string; line: number } | null>(null);
  const threads = useMemo(
    // Lines are followed to the newest commit: of an older one, threads stand below the heads of their files.
    () => listThreads(commit === pull.commit ? entries : entries.map((entry) => ({ ...entry, lineNow: null }))),
    [entries, commit, pull.commit],
  );
  const rows = useMemo(
    () => listDiffRows(sections, { isOpen, isSplit, threads, composing }),
    [sections, isOpen, isSplit, threads, composing],
  );
  const figures = useMemo(() => new Map(files.map((file) => [file.path, file])), [files]);
  const pieces = useMemo(() => createDiffHighlighter(words === 'marked'), [words]);
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

  const render = (row: DiffRow) => {
    const section = sections[row.of];
    const piecesOf = (at: number) => (section === undefined ? [] : pieces(section, at));
    switch (row.is) {
      case 'file':
        return (
          <FileHead
            {...row}
            figures={figures.get(row.file.name)}
            isViewed={viewed.isViewed(row.file)}
            onToggle={() => opening.toggle(row.of)}
            onViewed={(isViewed) => {
              viewed.setViewed(row.file, isViewed);
              opening.reset(row.of);
            }}
          />
        );
      case 'line':
      case 'pair': {
        const onComment = (line: number) => setComposing({ path: row.file.name, line });
        return row.is === 'line' ? (
          <PatchLine {...row} piecesOf={piecesOf} onComment={onComment} />
        ) : (
          <PatchPair {...row} piecesOf={piecesOf} onComment={onComment} />
        );
      }
      case 'note':
        return <div className={classes.note}>{row.text}</div>;
      case 'thread':
        return <DiffThread thread={row.thread} pull={pull} />;
      case 'compose':
        return (
          <div className={classes.compose}>
            <Compose
              pull={pull}
              about={{ path: row.path, line: row.line, commit }}
              draft={`line:${row.path}:${row.line}`}
              label={`Comment on line ${row.line}`}
              onClose={() => setComposing(null)}
            />
          </div>
        );
    }
  };

  return (
    <>
      <Group justify="flex-end" mt="md" gap={8}>
        <Switch
          size="xs"
          mr="xs"
          label="Mark changed words"
          checked={words === 'marked'}
          onChange={(event) => setWords(event.currentTarget.checked ? 'marked' : 'plain')}
        />
        {!isNarrow && (
          <SegmentedControl
            size="xs"
            aria-label="Layout"
            value={layout}
            data={[
              { value: 'unified', label: 'Unified' },
              { value: 'split', label: 'Side by side' },
            ]}
            onChange={(value) => setLayout(value as 'unified' | 'split')}
          />
        )}
        <Button variant="default" size="xs" onClick={opening.toggleAll}>
          {opening.isAnyClosed ? 'Open all files' : 'Close all files'}
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
                {render(row)}
              </div>
            );
          })}
        </div>
      </section>
    </>
  );
}

/** Which files are open: all but generated and viewed ones, until the reader says otherwise. */
function useOpening(isViewed: (file: PatchFile) => boolean) {
  const [all, setAll] = useState<'open' | 'closed' | null>(null);
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  const isOpen = useMemo(
    () => (of: number, file: PatchFile) => {
      const byDefault = all === null ? !isGenerated(file.name) && !isViewed(file) : all === 'open';
      return byDefault !== toggled.has(of);
    },
    [all, toggled, isViewed],
  );
  const isAnyClosed = all === 'closed' || toggled.size > 0;
  return {
    isOpen,
    isAnyClosed,
    toggle: (of: number) =>
      setToggled((before) => {
        const next = new Set(before);
        if (!next.delete(of)) next.add(of);
        return next;
      }),
    /** As by default again. */
    reset: (of: number) => setToggled((before) => new Set([...before].filter((one) => one !== of))),
    toggleAll: () => {
      setAll(isAnyClosed ? 'open' : 'closed');
      setToggled(new Set());
    },
  };
}

function FileHead(props: {
  file: PatchFile;
  figures: ChangedFile | undefined;
  isOpen: boolean;
  isViewed: boolean;
  onToggle: () => void;
  onViewed: (isViewed: boolean) => void;
}) {
  const { file, figures, isOpen, isViewed, onViewed } = props;
  const marks = [
    ...(file.change === 'changed' || file.change === 'moved' ? [] : [file.change]),
    ...(file.isBinary ? ['binary'] : []),
    ...(isGenerated(file.name) ? ['generated'] : []),
    ...(file.modes === null ? [] : [`mode ${file.modes[0]} → ${file.modes[1]}`]),
  ];
  return (
    <div className={classes.head}>
      <UnstyledButton className={lines.head} aria-expanded={isOpen} onClick={props.onToggle}>
        <IconChevronRight size={14} aria-hidden />
        <span className={lines.path}>
          {file.movedFrom !== null && `${file.movedFrom} → `}
          {file.path}
          {marks.length > 0 && <span className={lines.change}> {marks.join(', ')}</span>}
        </span>
        <FileFigures file={figures} />
      </UnstyledButton>
      <Checkbox
        size="xs"
        label="Viewed"
        aria-label={`Viewed ${file.path}`}
        checked={isViewed}
        onChange={(event) => onViewed(event.currentTarget.checked)}
      />
    </div>
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
