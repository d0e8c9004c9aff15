import { IconAlertTriangle, IconChevronsUp, IconCopy, IconPencil } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { KIND_STYLES, SEVERITY_LABELS } from '../data/message-kinds.ts';
import { Person } from './person.tsx';
import classes from './message-marks.module.css';

const SIZE = { size: 13, stroke: 2, 'aria-hidden': true } as const;

/** Marks for the kind, priority and state of a message. A plain note has none. */
export function MessageMarks({ message }: { message: Pick<MessageView, 'kind' | 'priority' | 'data' | 'receipts'> }) {
  const { kind, priority, data, receipts } = message;
  return (
    <>
      {kind !== 'note' && <KindMark kind={kind} />}
      {data.severity !== undefined && (
        <Mark tone={data.severity === 'critical' ? 'bad' : data.severity === 'warning' ? 'warn' : 'quiet'}>
          {data.severity !== 'info' && <IconAlertTriangle {...SIZE} />}
          {SEVERITY_LABELS[data.severity]}
        </Mark>
      )}
      {(priority === 'critical' || priority === 'high') && (
        <Mark tone={priority === 'critical' ? 'bad' : 'warn'}>
          <IconChevronsUp {...SIZE} />
          {priority === 'critical' ? 'Critical priority' : 'High priority'}
        </Mark>
      )}
      {priority === 'low' && <Mark tone="quiet">Low priority</Mark>}
      {receipts.length > 0 && receipts.every(({ copy }) => copy) && (
        <Mark tone="quiet">
          <IconCopy {...SIZE} />
          Copy
        </Mark>
      )}
      {data.meantFor !== undefined && (
        <Mark tone="quiet">
          meant for <Person name={data.meantFor} />
        </Mark>
      )}
      {data.editedFrom !== undefined && (
        <Mark tone="quiet">
          <IconPencil {...SIZE} />
          edited from #{data.editedFrom}
        </Mark>
      )}
    </>
  );
}

export function KindMark({ kind }: { kind: Exclude<MessageView['kind'], 'note'> }) {
  const { label, icon: Icon, tone } = KIND_STYLES[kind];
  return (
    <Mark tone={tone}>
      <Icon {...SIZE} />
      {label}
    </Mark>
  );
}

type Tone = 'accent' | 'quiet' | 'good' | 'busy' | 'warn' | 'bad';

/** A small coloured label. */
export function Mark({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      {children}
    </span>
  );
}
