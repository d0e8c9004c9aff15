import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Receipt } from '../../../../protocol/schemas/message.ts';
import { describeReceipt, summarizeReceipts, traceReceipt } from '../data/receipts.ts';
import { toPlainText } from '../data/plain-text.ts';
import { Dot } from './dot.tsx';
import { Clock } from './now.tsx';
import classes from './receipts.module.css';

/** Who got a message and how far it is with each: one line, and the whole way when opened. */
export function Receipts({ receipts }: { receipts: readonly Receipt[] }) {
  const [open, setOpen] = useState(false);
  if (receipts.length === 0) return null;
  const { color, text } = summarizeReceipts(receipts);
  return (
    <div className={classes.receipts}>
      <UnstyledButton className={classes.sum} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Dot color={color} hollow={color === 'gray'} />
        {text}
        <IconChevronRight size={13} aria-hidden />
      </UnstyledButton>
      {open && receipts.map((one) => <Trace key={one.recipient} receipt={one} />)}
    </div>
  );
}

/** stored → leased to turn N → in context → handled, each with its moment. */
function Trace({ receipt }: { receipt: Receipt }) {
  return (
    <div className={classes.trace}>
      <div className={classes.who}>
        {receipt.recipient}
        <span>{describeReceipt(receipt)}</span>
      </div>
      <ol>
        {traceReceipt(receipt).map(({ text, at, tone }) => (
          <li key={text} data-tone={tone}>
            <span>{text}</span>
            {at !== null && <Clock at={at} />}
          </li>
        ))}
      </ol>
      {receipt.note !== null && <p>{toPlainText(receipt.note)}</p>}
    </div>
  );
}
