import { UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { holdOf, labelReceipt, type ReceiptStep, traceReceipt } from '../../../../protocol/receipt-words.ts';
import type { Receipt } from '../../../../protocol/schemas/message.ts';
import { capitalize, formatDateTime, formatDuration } from '../data/format.ts';
import { summarizeReceipts } from '../data/receipts.ts';
import { sayName, toPlainText } from '../data/plain-text.ts';
import { Dot } from './dot.tsx';
import { Clock } from './now.tsx';
import classes from './receipts.module.css';

/**
 * Who got a message and how far it is with each: one line, and the whole way when opened.
 * `spread` shows the way of a single recipient at once where there is room.
 */
export function Receipts({ receipts, spread = false }: { receipts: readonly Receipt[]; spread?: boolean }) {
  const [open, setOpen] = useState(false);
  const isWide = useMediaQuery('(min-width: 48em)', true, { getInitialValueInEffect: false });
  const [first] = receipts;
  if (first === undefined) return null;
  if (spread && isWide && receipts.length === 1)
    return (
      <div className={classes.receipts}>
        <Way receipt={first} />
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
      {open && receipts.map((one) => <Trace key={one.delivery} receipt={one} />)}
    </div>
  );
}

function Trace({ receipt }: { receipt: Receipt }) {
  return (
    <div className={classes.trace}>
      <div className={classes.who}>
        {sayName(receipt.recipient)}
        <span>{labelReceipt(receipt)}</span>
      </div>
      <Way receipt={receipt} />
    </div>
  );
}

/** stored → woken → leased to turn T → in context → handled, each with its moment; what is to come is hollow. */
function Way({ receipt }: { receipt: Receipt }) {
  const steps = traceReceipt(receipt);
  const facts = listFacts(receipt);
  return (
    <>
      <ol className={classes.way} aria-label={`The way to ${sayName(receipt.recipient)}`}>
        {steps.map((step, i) => (
          <li
            // A step may come again after a turn that did not finish.
            key={`${i} ${step.words}`}
            data-tone={step.tone}
            aria-current={step.tone === 'now' || step.tone === 'held' ? 'step' : undefined}
            title={describeMoment(step, steps[i - 1])}
          >
            <span className={classes.step}>{capitalize(step.words)}</span>
            {step.tone === 'next' && <span className={classes.hidden}>not yet</span>}
            {step.at !== null && <Clock at={step.at} />}
          </li>
        ))}
      </ol>
      {facts.length > 0 && <p className={classes.remark}>{facts.join(' · ')}</p>}
    </>
  );
}

/** The date and how long the step took; a step still to come has none. */
function describeMoment({ at }: ReceiptStep, before: ReceiptStep | undefined): string | undefined {
  if (at === null) return undefined;
  const took = before === undefined || before.at === null ? '' : `, ${formatDuration(at - before.at)} after`;
  return formatDateTime(at) + took;
}

/** What else there is to know of a delivery, in the hive's own words where it has some. */
function listFacts(receipt: Receipt): string[] {
  const { copy, attempts, state, expiresAt, note } = receipt;
  const hold = holdOf(receipt);
  const facts: string[] = [];
  const waits = state === 'queued' || state === 'leased';
  if (copy) facts.push('a copy, for information');
  if (attempts > 1) facts.push(`attempt ${attempts}`);
  if (hold !== null)
    facts.push(hold === 'released' ? 'held until you let the thread go on' : `held until ${formatDateTime(hold)}`);
  if (waits && expiresAt !== null) facts.push(`worthless after ${formatDateTime(expiresAt)}`);
  if (note !== null) facts.push(toPlainText(note));
  return facts;
}
