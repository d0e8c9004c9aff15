import { UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { holdOf, labelReceipt, type ReceiptStep, traceReceipt } from '../../../../protocol/receipt-words.ts';
import type { Receipt } from '../../../../protocol/schemas/message.ts';
import { capitalize, formatDateTime, formatDuration } from '../data/format.ts';
import { summarizeReceipts } from '../data/receipts.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { Dot } from './dot.tsx';
import { Clock } from './now.tsx';
import classes from './receipts.module.css';

/**
 * The receipts of a message: a one-line summary that expands to the steps of each delivery.
 * `spread` shows the steps at once when there is one recipient and the screen is wide.
 */
export function Receipts({ receipts, spread = false }: { receipts: readonly Receipt[]; spread?: boolean }) {
  const [open, setOpen] = useState(false);
  const isWide = useMediaQuery('(min-width: 48em)', true, { getInitialValueInEffect: false });
  const [first] = receipts;
  if (first === undefined) return null;
  if (spread && isWide && receipts.length === 1)
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
      {open && receipts.map((one) => <Trace key={one.delivery} receipt={one} />)}
    </div>
  );
}

function Trace({ receipt }: { receipt: Receipt }) {
  return (
    <div className={classes.trace}>
      <div className={classes.who}>
        {formatName(receipt.recipient)}
        <span>{labelReceipt(receipt)}</span>
      </div>
      <Steps receipt={receipt} />
    </div>
  );
}

/** The steps of a delivery (stored → woken → leased to turn T → in context → handled) with their times; steps to come are hollow. */
function Steps({ receipt }: { receipt: Receipt }) {
  const steps = traceReceipt(receipt);
  const facts = listFacts(receipt);
  return (
    <>
      <ol className={classes.steps} aria-label={`Delivery to ${formatName(receipt.recipient)}`}>
        {steps.map((step, i) => (
          <li
            // The words alone are not unique: a step repeats after a turn that did not finish.
            key={`${i} ${step.words}`}
            data-tone={step.tone}
            aria-current={step.tone === 'now' || step.tone === 'held' ? 'step' : undefined}
            title={describeMoment(step, steps[i - 1])}
          >
            <span className={classes.step}>{capitalize(step.words)}</span>
            {step.tone === 'next' && <VisuallyHidden>not yet</VisuallyHidden>}
            {step.at !== null && <Clock at={step.at} />}
          </li>
        ))}
      </ol>
      {facts.length > 0 && <p className={classes.remark}>{facts.join(' · ')}</p>}
    </>
  );
}

/** The date and duration of a step; undefined for a step to come. */
function describeMoment({ at }: ReceiptStep, before: ReceiptStep | undefined): string | undefined {
  if (at === null) return undefined;
  const took = before === undefined || before.at === null ? '' : `, ${formatDuration(at - before.at)} after`;
  return formatDateTime(at) + took;
}

/** Further facts about a delivery: attempts, hold, expiry and hived's note. */
function listFacts(receipt: Receipt): string[] {
  const { copy, attempts, state, expiresAt, note } = receipt;
  const hold = holdOf(receipt);
  const facts: string[] = [];
  const waits = state === 'queued' || state === 'leased';
  if (copy) facts.push('a copy, for information');
  if (attempts > 1) facts.push(`attempt ${attempts}`);
  if (hold !== null)
    facts.push(hold === 'released' ? 'held until you let the thread go on' : `held until ${formatDateTime(hold)}`);
  if (waits && expiresAt !== null) facts.push(`expires ${formatDateTime(expiresAt)}`);
  if (note !== null) facts.push(toPlainText(note));
  return facts;
}
