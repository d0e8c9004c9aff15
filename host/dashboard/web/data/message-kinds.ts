import {
  IconAlarm,
  IconAlertTriangle,
  IconCheckbox,
  IconChecks,
  IconHelpCircle,
  IconHexagon,
  IconMessageReply,
  type TablerIcon,
} from '@tabler/icons-react';
import type { MessageKind, Priority, Severity } from '../../../../protocol/schemas/message.ts';

/** The mark of each message kind; a note has none. */
export const KIND_STYLES: Record<
  Exclude<MessageKind, 'note'>,
  { label: string; icon: TablerIcon; tone: 'accent' | 'quiet' | 'good' | 'busy' | 'warn' }
> = {
  question: { label: 'Question', icon: IconHelpCircle, tone: 'accent' },
  answer: { label: 'Answer', icon: IconMessageReply, tone: 'good' },
  task: { label: 'Task', icon: IconCheckbox, tone: 'busy' },
  result: { label: 'Result', icon: IconChecks, tone: 'good' },
  escalation: { label: 'Escalation', icon: IconAlertTriangle, tone: 'warn' },
  system: { label: 'From the hive', icon: IconHexagon, tone: 'quiet' },
  reminder: { label: 'Reminder', icon: IconAlarm, tone: 'quiet' },
};

/** The kinds that the operator can send. */
export const COMPOSE_KINDS = [
  { value: 'note', label: 'Note' },
  { value: 'task', label: 'Task' },
  { value: 'question', label: 'Question' },
] as const;
export type ComposeKind = (typeof COMPOSE_KINDS)[number]['value'];

export const PRIORITY_CHOICES: readonly { value: Priority | ''; label: string }[] = [
  { value: '', label: 'Usual priority' },
  { value: 'critical', label: 'Critical' },
  { value: 'high', label: 'High' },
  { value: 'normal', label: 'Normal' },
  { value: 'low', label: 'Low' },
];

export const SEVERITY_LABELS: Record<Severity, string> = { info: 'Info', warning: 'Warning', critical: 'Critical' };

/** How long a question stays open, in seconds. */
export const DEADLINE_CHOICES = [
  { value: '', label: 'No deadline' },
  { value: '900', label: '15 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '14400', label: '4 hours' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
] as const;
