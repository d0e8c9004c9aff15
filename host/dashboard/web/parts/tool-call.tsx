import { Loader, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronRight, IconQuestionMark, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { HIVE_SERVER } from '../../../../protocol/hive-server.ts';
import { readToolName } from '../../../../protocol/tool-names.ts';
import type { TurnItem } from '../data/compose-transcript.ts';
import { formatDuration } from '../data/format.ts';
import { formatJson, oneLine, summarizeInput } from '../data/plain-text.ts';
import { PlainText } from './plain-text.tsx';
import classes from './tool-call.module.css';

type Call = TurnItem & { is: 'tool' };

/** A tool call in one line that expands to its input and its result. */
export function ToolCall({ item, turnOver }: { item: Call; turnOver: boolean }) {
  const [open, setOpen] = useState(false);
  const { call, result } = item;
  const { tool, server } = readToolName(call.tool);
  return (
    <div className={classes.call} data-open={open || undefined}>
      <UnstyledButton className={classes.line} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronRight className={classes.chevron} size={14} aria-hidden />
        <CallState item={item} turnOver={turnOver} />
        <span className={classes.name}>
          {oneLine(tool)}
          {server !== null && server !== HIVE_SERVER && <span className={classes.server}> {oneLine(server)}</span>}
        </span>
        <span className={classes.summary}>{summarizeInput(call.input)}</span>
        {result !== null && <span className={classes.took}>{formatDuration(result.at - item.at)}</span>}
      </UnstyledButton>
      {open && (
        <div className={classes.detail}>
          <h3>Input</h3>
          <PlainText text={formatJson(call.input)} mono truncated={call.truncated} />
          <h3>{result?.ok === false ? 'Error' : 'Result'}</h3>
          {result === null ? (
            <p>{turnOver ? 'The turn ended before an answer came.' : 'No answer yet.'}</p>
          ) : (
            <PlainText text={result.text === '' ? '(empty)' : result.text} mono truncated={result.truncated} />
          )}
        </div>
      )}
    </div>
  );
}

function CallState({ item: { result }, turnOver }: { item: Call; turnOver: boolean }) {
  if (result === null && !turnOver) return <Loader size={13} aria-label="running" />;
  if (result === null) return <IconQuestionMark className={classes.lost} size={15} aria-label="no answer" />;
  if (result.ok) return <IconCheck className={classes.good} size={15} stroke={2.2} aria-label="worked" />;
  return <IconX className={classes.bad} size={15} stroke={2.2} aria-label="failed" />;
}
