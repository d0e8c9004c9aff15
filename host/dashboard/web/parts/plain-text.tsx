import { UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { formatBytes } from '../data/format.ts';
import { boundText, toPlainText } from '../data/plain-text.ts';
import { Marked, useMark } from './marked.tsx';
import classes from './plain-text.module.css';

const PROSE = { lines: 40, chars: 6_000 };
const OUTPUT = { lines: 16, chars: 2_000 };

/**
 * Shows text from a model, a tool or an agent as plain text only, shortened until the reader expands it.
 */
export function PlainText({
  text,
  mono = false,
  truncated = false,
}: {
  text: string;
  mono?: boolean;
  truncated?: boolean;
}) {
  const [isOpened, setOpen] = useState(false);
  const mark = useMark();
  const plain = useMemo(() => toPlainText(text), [text]);
  const { shown, cut } = useMemo(() => boundText(plain, mono ? OUTPUT : PROSE), [plain, mono]);
  // Marked words are shown, wherever they are.
  const isMarked = cut && mark !== '' && plain.slice(shown.length).toLowerCase().includes(mark);
  const open = isOpened || isMarked;
  return (
    <div className={mono ? classes.output : classes.prose}>
      <div
        className={classes.text}
        tabIndex={mono ? 0 : undefined}
        role={mono ? 'group' : undefined}
        aria-label={mono ? 'Output' : undefined}
      >
        <Marked text={open ? plain : shown} />
      </div>
      {cut && !isMarked && (
        <UnstyledButton className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all (${formatBytes(plain.length)})`}
        </UnstyledButton>
      )}
      {truncated && (open || !cut) && <div className={classes.cut}>The hive kept only this much of it.</div>}
    </div>
  );
}
