import { createHash } from 'node:crypto';
import type { AgentName } from '../../protocol/names.ts';
import type { MessageView, QuestionView, TopicView } from '../../protocol/schemas/message.ts';
import type { ReminderView, ScheduleView } from '../../protocol/schemas/reminder.ts';
import { fakeReceipt, handled } from './fake-receipts.ts';

/** The mail data beside messages: thread states, questions, topics, reminders, files. */
export interface FakeMail {
  /** The states of threads that are not open, by the id of their first message. */
  threads: Map<number, { state: 'closed' | 'paused'; why: string }>;
  questions: QuestionView[];
  topics: TopicView[];
  reminders: ReminderView[];
  schedules: ScheduleView[];
  /** The content of attachments in base64, by hash. */
  files: Map<string, string>;
}

const MINUTE = 60_000;
const PLAN = 'The plan of release 0.4\n';
export const PLAN_HASH = createHash('sha256').update(PLAN).digest('hex');
const agent = (name: string) => name as AgentName;

/** Typed messages and dead letters. */
export function fakeLetters(now: number): MessageView[] {
  const at = (minutes: number) => now - minutes * MINUTE;
  const base = { inReplyTo: null, priority: null, turn: null, data: {} };
  return [
    {
      ...base,
      id: 120,
      thread: 120,
      from: agent('manager'),
      to: agent('coder'),
      kind: 'task',
      priority: 'high',
      body: 'Cut release 0.4 from main. The steps are in the plan.',
      at: at(45),
      data: { attachments: [{ name: 'plan.md', hash: PLAN_HASH, bytes: PLAN.length }] },
      receipts: [handled('coder', at(45), 38)],
    },
    {
      ...base,
      id: 121,
      thread: 120,
      inReplyTo: 120,
      from: agent('coder'),
      to: 'operator',
      kind: 'question',
      body: 'Two tests fail on main since this morning, both about time zones. Do I fix them in the release, or release without?',
      at: at(30),
      turn: 39,
      data: {
        choices: ['Fix them first', 'Release without', 'Wait for me'],
        deadline: now + 8 * MINUTE,
        default: 'Wait for me',
      },
      receipts: [fakeReceipt('operator', at(30), { state: 'done', endedAt: at(29) })],
    },
    {
      ...base,
      id: 122,
      thread: 120,
      inReplyTo: 120,
      from: agent('coder'),
      to: agent('manager'),
      kind: 'result',
      body: 'Everything but the tag is done: the changelog is written, the build is green except for those two tests.',
      at: at(28),
      turn: 39,
      receipts: [
        handled('manager', at(28), 40),
        fakeReceipt('scout', at(28), { copy: true, note: 'siblings write with a copy to their parent' }),
      ],
    },
    {
      ...base,
      id: 123,
      thread: 120,
      inReplyTo: 122,
      from: agent('scout'),
      to: '@parent',
      kind: 'escalation',
      priority: 'critical',
      body: 'The mirror that the release is pulled from answers with the certificate of another host.',
      at: at(4),
      data: { severity: 'critical' },
      receipts: [
        fakeReceipt('manager', at(4), { state: 'leased', attempts: 2, turn: 41, wokenAt: at(4), leasedAt: at(1) }),
      ],
    },
    ...['Thanks, all good here!', 'Thank you too, all good!', 'Wonderful, thanks again!'].map((body, i) => ({
      ...base,
      id: 130 + i,
      thread: 130,
      inReplyTo: i === 0 ? null : 129 + i,
      from: agent(i % 2 === 0 ? 'scout' : 'lint-bot'),
      to: agent(i % 2 === 0 ? 'lint-bot' : 'scout'),
      kind: 'note' as const,
      body,
      at: at(12 - i),
      receipts:
        i === 2
          ? [
              fakeReceipt('lint-bot', at(10), {
                heldUntil: Number.MAX_SAFE_INTEGER,
                note: 'the thread is paused: two agents only thanked each other',
              }),
            ]
          : [handled(i % 2 === 0 ? 'lint-bot' : 'scout', at(12 - i), 30 + i)],
    })),
    {
      ...base,
      id: 140,
      thread: 140,
      from: agent('reviewer'),
      to: 'operator',
      kind: 'question',
      body: 'Which licence shall new repositories of the forge get?',
      at: at(190),
      receipts: [fakeReceipt('operator', at(190), { state: 'done', endedAt: at(180) })],
    },
    {
      ...base,
      id: 145,
      thread: 145,
      from: agent('manager'),
      to: agent('translator'),
      kind: 'task',
      body: 'Translate docs/getting-started.md into German by Friday.',
      at: at(300),
      receipts: [
        fakeReceipt('translator', at(300), {
          state: 'dead',
          attempts: 3,
          turn: 36,
          wokenAt: at(300),
          leasedAt: at(298),
          endedAt: at(296),
          note: 'the provider refused the key three times',
        }),
      ],
    },
    {
      ...base,
      id: 150,
      thread: 150,
      from: agent('scout'),
      to: '#releases',
      kind: 'note',
      body: 'The vendor published 2.1; the notes mention our bug.',
      at: at(70),
      receipts: [
        handled('coder', at(70), 37),
        fakeReceipt('archivist', at(70), { state: 'expired', expiresAt: at(10), endedAt: at(10) }),
        fakeReceipt('reviewer', at(70), { state: 'withdrawn', endedAt: at(60), note: 'dropped by the operator' }),
      ],
    },
  ];
}

export function fakeMail(now: number): FakeMail {
  return {
    threads: new Map([
      [
        130,
        { state: 'paused', why: 'scout and lint-bot wrote 3 near-identical messages without doing anything else.' },
      ],
      [145, { state: 'closed', why: 'closed by the operator' }],
    ]),
    questions: fakeQuestions(now),
    topics: [
      { topic: '#releases', open: true, subscribers: ['archivist', 'coder', 'reviewer'] },
      { topic: '#chatter', open: false, subscribers: [] },
    ],
    reminders: fakeReminders(now),
    schedules: fakeSchedules(now),
    files: new Map([[PLAN_HASH, Buffer.from(PLAN).toString('base64')]]),
  };
}

function fakeQuestions(now: number): QuestionView[] {
  const base = { choices: [], deadline: null, default: null, state: 'open' as const, answer: null, asked: 'operator' };
  return [
    {
      ...base,
      id: 140,
      thread: 140,
      from: agent('reviewer'),
      body: 'Which licence shall new repositories of the forge get?',
      askedAt: now - 190 * MINUTE,
    },
    {
      ...base,
      id: 121,
      thread: 120,
      from: agent('coder'),
      body: 'Two tests fail on main since this morning, both about time zones. Do I fix them in the release, or release without?',
      choices: ['Fix them first', 'Release without', 'Wait for me'],
      deadline: now + 8 * MINUTE,
      default: 'Wait for me',
      askedAt: now - 30 * MINUTE,
    },
    {
      ...base,
      id: 60,
      thread: 60,
      from: agent('manager'),
      body: 'May the translator use the bigger model for the manual?',
      choices: ['Yes', 'No'],
      state: 'answered',
      askedAt: now - 900 * MINUTE,
      answer: { id: 61, from: 'operator', body: 'Yes', at: now - 880 * MINUTE },
    },
    {
      ...base,
      id: 50,
      thread: 50,
      from: agent('scout'),
      body: 'Shall I look at the competitor’s changelog as well?',
      state: 'expired',
      deadline: now - 1_500 * MINUTE,
      askedAt: now - 1_600 * MINUTE,
    },
  ];
}

function fakeReminders(now: number): ReminderView[] {
  return [
    {
      id: 7,
      owner: 'scout',
      to: 'scout',
      body: 'Look whether the vendor answered the ticket about the rate limit.',
      dueAt: now + 95 * MINUTE,
      state: 'standing',
      message: null,
      attachment: null,
      createdAt: now - 240 * MINUTE,
    },
  ];
}

function fakeSchedules(now: number): ScheduleView[] {
  return [
    {
      id: 3,
      owner: 'operator',
      to: 'scout',
      action: 'task',
      priority: null,
      body: 'Read the release notes of our dependencies and tell #releases what matters to us.',
      cron: '0 7 * * 1-5',
      timeZone: 'Europe/Berlin',
      misfire: 'once',
      windowMs: 86_400_000,
      jitterMs: 0,
      paused: false,
      nextAt: now + 620 * MINUTE,
      lastAt: now - 820 * MINUTE,
      fired: 41,
      skipped: 2,
      folded: 1,
      trouble: null,
      createdAt: now - 90_000 * MINUTE,
    },
  ];
}
