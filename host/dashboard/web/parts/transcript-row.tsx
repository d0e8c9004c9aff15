import { UnstyledButton } from '@mantine/core';
import { IconBrain, IconChevronRight, IconListCheck } from '@tabler/icons-react';
import { memo } from 'react';
import { formatBytes } from '../data/format.ts';
import { toPlainText } from '../data/plain-text.ts';
import type { Row, Tone, TurnFacts } from '../data/transcript-rows.ts';
import { FileDiff } from './diff.tsx';
import { Marked } from './marked.tsx';
import { Clock } from './now.tsx';
import { PlainText } from './plain-text.tsx';
import { TodoList } from './todo-list.tsx';
import { ToolCall } from './tool-call.tsx';
import { type Messages, TurnEnd, TurnHead } from './turn.tsx';
import classes from './turn.module.css';

export interface RowProps {
  row: Row;
  /** Of the row's turn; undefined between turns. */
  facts: TurnFacts | undefined;
  messages: Messages;
  /** Whether the reader has opened it, or closed what is open by itself; null: neither. */
  open: boolean | null;
  /** Called with the row's number when the reader opens or closes it. */
  onOpen: (seq: number, open: boolean) => void;
}

/** One row of a transcript. It is rendered again only when the row itself changes. */
export const TranscriptRow = memo(function TranscriptRow(props: RowProps) {
  const { row, facts, messages, open, onOpen } = props;
  const isOver = facts?.isOver ?? true;
  const toggle = (was: boolean) => () => onOpen(row.seq, !was);
  switch (row.is) {
    case 'start':
      return <TurnHead turn={row.turn ?? 0} at={row.at} start={row.start} messages={messages} />;
    case 'text':
      return (
        <div className={classes.text} data-within={row.within === null ? undefined : true}>
          <PlainText text={row.text} truncated={row.truncated} />
        </div>
      );
    case 'thinking':
      return (
        <Fold label="Thinking" icon={<IconBrain size={15} stroke={1.6} aria-hidden />} text={row.text} {...props}>
          <PlainText text={row.text} truncated={row.truncated} />
        </Fold>
      );
    case 'plan':
      return (
        <Fold label="Plan" icon={<IconListCheck size={15} stroke={1.6} aria-hidden />} text={row.text} {...props}>
          <PlainText text={row.text} truncated={row.truncated} />
        </Fold>
      );
    case 'tool':
      return <ToolCall row={row} isOver={isOver} open={open} onOpen={onOpen} />;
    case 'change':
      return <FileDiff change={row.change} open={open ?? true} onToggle={toggle(open ?? true)} />;
    case 'todos':
      return <TodoList todos={row.todos} />;
    case 'result':
      return (
        <Fold label="Result of an earlier call" text={row.result.text} {...props}>
          <PlainText text={row.result.text} mono truncated={row.result.truncated} />
        </Fold>
      );
    case 'note':
      return <NoteLine at={row.at} tone={row.tone} text={row.text} />;
    case 'end':
      return <TurnEnd end={row.end} isWordless={row.isWordless} facts={facts} />;
    case 'moved':
      return null;
  }
});

/** A text in one line that expands. */
function Fold({
  label,
  icon,
  text,
  row,
  open,
  onOpen,
  children,
}: RowProps & { label: string; icon?: React.ReactNode; text: string; children: React.ReactNode }) {
  const isOpen = open === true;
  return (
    <div className={classes.thinking}>
      <UnstyledButton className={classes.fold} aria-expanded={isOpen} onClick={() => onOpen(row.seq, !isOpen)}>
        <IconChevronRight size={14} aria-hidden />
        {icon}
        {label}
        <span className={classes.size}>{formatBytes(text.length)}</span>
      </UnstyledButton>
      {isOpen && <div className={classes.thought}>{children}</div>}
    </div>
  );
}

/** An event in one line. */
function NoteLine({ at, tone, text }: { at: number; tone: Tone; text: string }) {
  return (
    <div className={classes.note} data-tone={tone}>
      <Clock at={at} />
      <span>
        <Marked text={toPlainText(text)} />
      </span>
    </div>
  );
}
