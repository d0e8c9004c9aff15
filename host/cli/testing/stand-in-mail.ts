import type { AgentName } from '../../../protocol/names.ts';
import type { MessageView, QuestionView, Receipt, ThreadView } from '../../../protocol/schemas/message.ts';
import type { ReminderView, ScheduleView } from '../../../protocol/schemas/reminder.ts';
import { testReceipt } from '../../../protocol/testing/test-receipt.ts';

/** A receipt as hived would show it: only stored. */
export function receipt(recipient: string, more: Partial<Receipt> = {}): Receipt {
  return testReceipt({ recipient, ...more });
}

/** A message from scout to the operator, as hived would show it. */
export function messageView(id: number, more: Partial<MessageView> = {}): MessageView {
  return {
    id,
    thread: id,
    inReplyTo: null,
    from: 'scout' as AgentName,
    to: 'operator',
    kind: 'note',
    priority: null,
    body: `message ${id}`,
    at: 1_000,
    turn: null,
    data: {},
    receipts: [],
    ...more,
  };
}

export function threadView(id: number, more: Partial<ThreadView> = {}): ThreadView {
  return {
    id,
    state: 'open',
    why: null,
    participants: ['operator', 'scout'],
    messages: 1,
    subject: `subject ${id}`,
    firstAt: 1_000,
    lastAt: 1_000,
    lastId: id,
    lastFrom: 'operator',
    open: 0,
    dead: 0,
    unread: 0,
    ...more,
  };
}

export function questionView(id: number, more: Partial<QuestionView> = {}): QuestionView {
  return {
    id,
    thread: id,
    from: 'scout' as AgentName,
    asked: 'operator',
    body: 'Shall I?',
    choices: [],
    deadline: null,
    default: null,
    state: 'open',
    askedAt: 1_000,
    answer: null,
    ...more,
  };
}

export function reminderView(id: number, more: Partial<ReminderView> = {}): ReminderView {
  return {
    id,
    owner: 'operator',
    to: 'scout',
    body: 'look again',
    dueAt: 600_000,
    state: 'standing',
    message: null,
    attachment: null,
    createdAt: 0,
    ...more,
  };
}

export function scheduleView(id: number, more: Partial<ScheduleView> = {}): ScheduleView {
  return {
    id,
    owner: 'operator',
    to: 'scout',
    action: 'message',
    priority: null,
    body: 'read the news',
    cron: '0 9 * * 1-5',
    timeZone: 'Europe/Berlin',
    misfire: 'once',
    windowMs: 86_400_000,
    jitterMs: 0,
    paused: false,
    nextAt: 3_600_000,
    lastAt: null,
    fired: 0,
    skipped: 0,
    folded: 0,
    trouble: null,
    createdAt: 0,
    ...more,
  };
}
