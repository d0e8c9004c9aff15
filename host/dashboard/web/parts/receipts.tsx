import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Receipt } from '../../../../protocol/schemas/message.ts';
import { describeReceipt, summarizeReceipts, traceReceipt } from '../data/receipts.ts';
import { sayName, toPlainText } from '../data/plain-text.ts';
import { Dot } from './dot.tsx';
import { Clock } from './now.tsx';
import classes from './receipts.module.css';

/**
 * Who got a message and how far it is with each: one line, and the whole way when opened.
 * `spread` shows the way of a single recipient at once.
 */
export function Receipts({ receipts, spread = false }: { receipts: readonly Receipt[]; spread?: boolean }) {
  const [open, setOpen] = useState(false);
  const [first] = receipts;
  if (first === undefined) return null;
  if (spread && receipts.length === 1)
    return (
      <div className={classes.receipts}>
        <Steps receipt={first} />
      </div>
    );
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

function Trace({ receipt }: { receipt: Receipt }) {
  return (
    <div className={classes.trace}>
      <div className={classes.who}>
        {sayName(receipt.recipient)}
        <span>{describeReceipt(receipt)}</span>
      </div>
      <Steps receipt={receipt} />
    </div>
  );
}

/** stored → leased to turn N → in context → handled, each with its moment. */
function Steps({ receipt }: { receipt: Receipt }) {
  return (
    <>
      <ol className={classes.steps}>
        {traceReceipt(receipt).map(({ text, at, tone }) => (
          <li key={text} data-tone={tone}>
            <span>{text}</span>
            {at !== null && <Clock at={at} />}
          </li>
        ))}
      </ol>
      {receipt.note !== null && <p className={classes.remark}>{toPlainText(receipt.note)}</p>}
    </>
  );
}
