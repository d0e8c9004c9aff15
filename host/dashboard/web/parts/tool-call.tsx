import { Loader, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronRight, IconPhoto, IconQuestionMark, IconX } from '@tabler/icons-react';
import { HIVE_SERVER } from '../../../../protocol/hive-server.ts';
import { readToolName } from '../../../../protocol/tool-names.ts';
import { formatBytes, formatDuration } from '../data/format.ts';
import { formatJson, oneLine, summarizeInput } from '../data/plain-text.ts';
import type { FileChange, ToolRow } from '../data/transcript-rows.ts';
import { BareDiff, FileDiff, LineCounts } from './diff.tsx';
import { Marked } from './marked.tsx';
import { PlainText } from './plain-text.tsx';
import { TodoList } from './todo-list.tsx';
import classes from './tool-call.module.css';

/** Diffs with more lines are closed until the reader opens them. */
const MOST_OPEN_LINES = 60;

/**
 * A tool call in one line, with the size of its result, that expands to input and result. Below the line is what it did:
 * changed files, the list that it wrote.
 */
export function ToolCall({
  row,
  isOver,
  open,
  onOpen,
}: {
  row: ToolRow;
  isOver: boolean;
  open: boolean | null;
  onOpen: (seq: number, open: boolean) => void;
}) {
  const { call, result, changes, todos, images } = row;
  const { tool, server } = readToolName(call.tool);
  // What the reader opens of a call with diffs is these; its input and result say the same.
  const hasWork = changes.some(({ diff }) => diff !== '') || changes.length > 1 || todos !== null;
  const [only] = changes.length === 1 ? changes : [];
  const isOpen = open === true && !hasWork;
  const lines = changes.reduce((sum, { added, removed }) => sum + (added ?? 0) + (removed ?? 0), 0);
  const showsWork = hasWork && (open ?? lines <= MOST_OPEN_LINES);
  const toggle = () => onOpen(row.seq, hasWork ? !showsWork : !isOpen);
  return (
    <div
      className={classes.call}
      data-open={isOpen || undefined}
      data-within={call.within === undefined ? undefined : true}
    >
      <UnstyledButton className={classes.line} aria-expanded={isOpen || showsWork} onClick={toggle}>
        <IconChevronRight className={classes.chevron} size={14} aria-hidden />
        <CallState row={row} isOver={isOver} />
        <span className={classes.name}>
          {oneLine(tool)}
          {server !== null && server !== HIVE_SERVER && <span className={classes.server}> {oneLine(server)}</span>}
        </span>
        <span className={classes.summary}>
          <Marked text={only === undefined ? summarizeInput(call.input) : nameFile(only)} />
        </span>
        {only !== undefined && <LineCounts change={only} />}
        {!hasWork && result !== null && result.text !== '' && (
          <span className={classes.size}>
            {result.truncated ? '> ' : ''}
            {formatBytes(result.text.length)}
          </span>
        )}
        {result !== null && <span className={classes.took}>{formatDuration(result.at - row.at)}</span>}
      </UnstyledButton>
      {images.map((image, index) => (
        <div key={index} className={classes.image}>
          <IconPhoto size={14} aria-hidden />
          {[image.path, image.mediaType, image.bytes === null ? null : formatBytes(image.bytes)]
            .filter((part) => part !== null)
            .map(oneLine)
            .join(', ')}
        </div>
      ))}
      {showsWork && (
        <div className={classes.work}>
          {only !== undefined && only.diff !== '' && <BareDiff change={only} />}
          {only === undefined &&
            changes.map((change, index) => <FileDiff key={index} change={change} open onToggle={toggle} />)}
          {todos !== null && <TodoList todos={todos} />}
          {result?.ok === false && <PlainText text={result.text} mono truncated={result.truncated} />}
        </div>
      )}
      {isOpen && (
        <div className={classes.detail}>
          <h3>Input</h3>
          <PlainText text={formatJson(call.input)} mono truncated={call.truncated} />
          <h3>{result?.ok === false ? 'Error' : 'Result'}</h3>
          {result === null ? (
            <p>{isOver ? 'The turn ended before an answer came.' : 'No answer yet.'}</p>
          ) : (
            <PlainText text={result.text === '' ? '(empty)' : result.text} mono truncated={result.truncated} />
          )}
        </div>
      )}
    </div>
  );
}

/** `src/a.ts`, `src/a.ts, added`, `src/a.ts → src/b.ts`. */
function nameFile({ path, change, movedTo }: FileChange): string {
  if (movedTo !== null) return `${shortPath(path)} → ${shortPath(movedTo)}`;
  return change === 'changed' ? shortPath(path) : `${shortPath(path)}, ${change}`;
}

/** Below the agent's own directory, the path from there. */
function shortPath(path: string): string {
  return oneLine(path).replace(/^\/agents\/[\w-]+\/state\//, '');
}

function CallState({ row: { result }, isOver }: { row: ToolRow; isOver: boolean }) {
  if (result === null && !isOver) return <Loader size={13} aria-label="running" />;
  if (result === null) return <IconQuestionMark className={classes.lost} size={15} aria-label="no answer" />;
  if (result.ok) return <IconCheck className={classes.good} size={15} stroke={2.2} aria-label="worked" />;
  return <IconX className={classes.bad} size={15} stroke={2.2} aria-label="failed" />;
}
