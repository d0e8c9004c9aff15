import { Loader, UnstyledButton } from '@mantine/core';
import { IconBrain, IconChevronRight } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { Link } from 'wouter';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import type { Tone, TurnBlock, TurnItem } from '../data/compose-transcript.ts';
import { totalTokens, formatCost, formatCount, formatDuration } from '../data/format.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { Clock, Elapsed } from './now.tsx';
import { PlainText } from './plain-text.tsx';
import { ToolCall } from './tool-call.tsx';
import classes from './turn.module.css';

/** The loaded messages by id. */
export type Messages = ReadonlyMap<number, MessageView>;

/** A turn: the messages that woke it, its texts and tool calls, its outcome and cost. */
export const TurnView = memo(function TurnView({ block, messages }: { block: TurnBlock; messages: Messages }) {
  return (
    <article className={`panel ${classes.turn}`} aria-label={`Turn ${block.turn}`}>
      <header className={classes.start}>
        <h2>Turn {block.turn}</h2>
        {block.startedAt !== null && <Clock at={block.startedAt} />}
      </header>
      {block.session !== null && <div className={classes.session}>{block.session}</div>}
      {block.messages.map((id) => (
        <WokenBy key={id} id={id} message={messages.get(id)} redelivered={block.redelivered.includes(id)} />
      ))}
      {block.items.map((item) => (
        <Item key={item.seq} item={item} over={block.finished !== null} />
      ))}
      <TurnEnd block={block} />
    </article>
  );
});

function WokenBy({ id, message, redelivered }: { id: number; message: MessageView | undefined; redelivered: boolean }) {
  return (
    <Link href={`/messages/${id}`} className={classes.woken ?? ''}>
      <span className={classes.from}>
        {message === undefined ? `Message #${id}` : `${formatName(message.from)} #${id}`}
      </span>
      {redelivered && <span className={classes.again}>delivered again</span>}
      {message !== undefined && <span className={classes.preview}>{toPlainText(shorten(message.body, 400))}</span>}
    </Link>
  );
}

function Item({ item, over }: { item: TurnItem; over: boolean }) {
  switch (item.is) {
    case 'text':
      return (
        <div className={classes.text}>
          <PlainText text={item.text} truncated={item.truncated} />
        </div>
      );
    case 'thinking':
      return <Thinking text={item.text} truncated={item.truncated} />;
    case 'tool':
      return <ToolCall item={item} turnOver={over} />;
    case 'note':
      return <NoteLine at={item.at} tone={item.tone} text={item.text} />;
  }
}

function Thinking({ text, truncated }: { text: string; truncated: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <div className={classes.thinking}>
      <UnstyledButton className={classes.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronRight size={14} aria-hidden />
        <IconBrain size={15} stroke={1.6} aria-hidden />
        Thinking
      </UnstyledButton>
      {open && (
        <div className={classes.thought}>
          <PlainText text={text} truncated={truncated} />
        </div>
      )}
    </div>
  );
}

/** An event in one line. */
export function NoteLine({ at, tone, text }: { at: number; tone: Tone; text: string }) {
  return (
    <div className={classes.note} data-tone={tone}>
      <Clock at={at} />
      <span>{toPlainText(text)}</span>
    </div>
  );
}

const OUTCOMES = {
  done: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  rate_limited: { label: 'Rate limited', tone: 'warn' },
  needs_login: { label: 'Needs login', tone: 'bad' },
  outage: { label: 'Provider outage', tone: 'warn' },
  starved: { label: 'Box starved', tone: 'bad' },
  budget: { label: 'Budget used up', tone: 'warn' },
  interrupted: { label: 'Interrupted', tone: 'warn' },
  lost: { label: 'Lost', tone: 'bad' },
  timed_out: { label: 'Timed out', tone: 'bad' },
} as const;

function TurnEnd({ block }: { block: TurnBlock }) {
  const { finished } = block;
  if (finished === null)
    return (
      <footer className={classes.end}>
        <Loader size={12} type="dots" aria-hidden />
        <span>
          Working{block.startedAt === null ? '' : ' for '}
          {block.startedAt !== null && <Elapsed since={block.startedAt} />}
        </span>
      </footer>
    );
  const { label, tone } = OUTCOMES[finished.outcome];
  const hasText = block.items.some((item) => item.is === 'text');
  return (
    <>
      {!hasText && finished.text !== '' && (
        <div className={classes.text}>
          <PlainText text={finished.text} />
        </div>
      )}
      <footer className={classes.end} data-num>
        <b data-tone={tone}>{label}</b>
        <span>{formatDuration(finished.durationMs)}</span>
        <span>
          {finished.toolCalls} tool {finished.toolCalls === 1 ? 'call' : 'calls'}
        </span>
        <span>{formatCount(totalTokens(finished.usage))} tokens</span>
        <span title={finished.counted === 'gateway' ? undefined : "the CLI's own estimate"}>
          {finished.counted === 'gateway' ? '' : '≈ '}
          {formatCost(finished.usage)}
        </span>
        {finished.reason !== null && <span className={classes.why}>{toPlainText(finished.reason)}</span>}
      </footer>
    </>
  );
}
