/** The fake hive's mail operations: questions, threads, dead letters, topics, reminders, files. */
import { createHash } from 'node:crypto';
import { HiveError } from '../../protocol/errors.ts';
import type { operatorSurface } from '../../protocol/operations/operator.ts';
import type { AgentView } from '../../protocol/schemas/agent.ts';
import type { EventData, EventKind, HiveEvent } from '../../protocol/schemas/event.ts';
import type { MessageView, Receipt } from '../../protocol/schemas/message.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { FakeData } from './fake-data.ts';

/** The given fields of a new message; the fake derives all others. */
export type Letter = { from: string; to: string; body: string; inReplyTo?: number | undefined } & Partial<
  Pick<MessageView, 'kind' | 'priority' | 'data'>
>;

/** The dependencies of these handlers. */
export interface FakeMailParts {
  /** Appends an event to the log and sends it to the open streams. */
  emit<K extends EventKind>(agent: string | null, kind: K, data: EventData<K>): HiveEvent;
  say(letter: Letter): MessageView;
  change(name: string, given: Partial<AgentView>): void;
  readonly data: FakeData;
  readonly threadOf: (id: number) => ReturnType<Handlers<typeof operatorSurface, null>['setThread']>;
}

export function handleMail(parts: FakeMailParts) {
  return {
    ...handleThreads(parts),
    ...handleQuestions(parts),
    ...handleDead(parts),
    ...handleLater(parts),
    ...handleFiles(parts),
  };
}

function handleThreads({ data, emit, threadOf }: FakeMailParts) {
  return {
    getMessage: ({ id }) => ({ message: find(data.messages, id, 'unknown_message') }),
    searchMessages: ({ query, before, limit }) => {
      // As in hived: whole words, or prefixes written as word*.
      const words = query
        .split(/\s+/)
        .map((word) => new RegExp(word.endsWith('*') ? `\\b${word.slice(0, -1)}` : `\\b${word}\\b`, 'i'));
      const hits = data.messages
        .filter((one) => words.every((word) => word.test(one.body)))
        .filter(({ id }) => before === undefined || id < before)
        .toSorted((a, b) => b.id - a.id)
        .slice(0, limit)
        .map(({ id, thread, from, to, kind, at, body }) => ({
          id,
          thread,
          from,
          to,
          kind,
          at,
          excerpt: body.slice(0, 200),
        }));
      return { hits };
    },
    setThread: ({ id, state }) => {
      if (state === 'open') data.threads.delete(id);
      else data.threads.set(id, { state: 'closed', why: 'closed by the operator' });
      if (state === 'open')
        for (const one of receiptsOf(data))
          if (one.heldUntil !== null) Object.assign(one, { heldUntil: null, note: null });
      emit(null, state === 'open' ? 'thread.opened' : 'thread.closed', { thread: id, by: 'operator' });
      return threadOf(id);
    },
    listTopics: () => ({ topics: data.topics }),
    setTopic: ({ topic: name, open, add = [], remove = [] }) => {
      let topic = data.topics.find((one) => one.topic === name);
      if (topic === undefined) data.topics.push((topic = { topic: name, open: true, subscribers: [] }));
      topic.open = open ?? topic.open;
      topic.subscribers = [...new Set([...topic.subscribers, ...add])]
        .filter((one) => !remove.includes(one as never))
        .sort();
      emit(null, 'topic.changed', {
        topic: name,
        open: topic.open,
        subscribers: topic.subscribers.length,
        by: 'operator',
      });
      return { topic };
    },
  } satisfies Partial<Handlers<typeof operatorSurface, null>>;
}

function handleQuestions({ data, emit, say }: FakeMailParts) {
  return {
    listQuestions: ({ of, state, thread, limit }) => ({
      questions: data.questions
        .filter(
          (one) =>
            (of === '*' || one.asked === of) &&
            (state === 'all' || one.state === state) &&
            (thread === undefined || one.thread === thread),
        )
        .toSorted((a, b) => (state === 'open' ? a.id - b.id : b.id - a.id))
        .slice(0, limit),
      open: data.questions.filter((one) => one.state === 'open' && (of === '*' || one.asked === of)).length,
    }),
    answerQuestion: ({ id, body }) => {
      const question = find(data.questions, id, 'unknown_question');
      if (question.state !== 'open') throw new HiveError('question_closed');
      if (question.choices.length > 0 && !question.choices.includes(body)) throw new HiveError('not_a_choice');
      const sent = say({ from: 'operator', to: question.from, body, inReplyTo: id });
      sent.kind = 'answer';
      Object.assign(question, { state: 'answered', answer: { id: sent.id, from: 'operator', body, at: sent.at } });
      emit(null, 'question.closed', { id, state: 'answered', answer: sent.id });
      return { question };
    },
  } satisfies Partial<Handlers<typeof operatorSurface, null>>;
}

function handleDead({ data, emit, say }: FakeMailParts) {
  const listed = (agent?: string) =>
    data.messages
      .flatMap((message) => message.receipts.map((receipt) => ({ message, receipt })))
      .filter(({ receipt }) => receipt.state === 'dead' && (agent === undefined || receipt.recipient === agent))
      .toSorted((a, b) => b.receipt.delivery - a.receipt.delivery);
  const chosen = (input: { deliveries?: number[] | undefined; agent?: string | undefined }) =>
    listed(input.agent).filter(({ receipt }) => input.deliveries?.includes(receipt.delivery) ?? true);
  return {
    listDead: ({ agent, before, limit }) => ({
      dead: listed(agent)
        .filter(({ receipt }) => before === undefined || receipt.delivery < before)
        .slice(0, limit)
        .map(({ message, receipt }) => ({ delivery: receipt.delivery, recipient: receipt.recipient, message })),
      total: listed(agent).length,
    }),
    requeue: (input) => {
      const picked = chosen(input);
      let sent: MessageView | null = null;
      for (const { message, receipt } of picked) {
        if (input.body === undefined)
          Object.assign(receipt, { state: 'queued', attempts: 0, endedAt: null, note: null });
        else {
          Object.assign(receipt, { state: 'withdrawn' });
          sent = say({ from: message.from, to: receipt.recipient, body: input.body, inReplyTo: message.id });
          sent.data = { editedFrom: message.id };
        }
      }
      emit(null, 'delivery.requeued', { messages: picked.map(({ message }) => message.id), by: 'operator' });
      return { requeued: picked.length, message: sent?.id ?? null };
    },
    drop: (input) => {
      const picked = chosen(input);
      for (const { receipt } of picked) Object.assign(receipt, { state: 'withdrawn', endedAt: Date.now() });
      emit(null, 'delivery.withdrawn', { messages: picked.map(({ message }) => message.id), by: 'operator' });
      return { dropped: picked.length };
    },
  } satisfies Partial<Handlers<typeof operatorSurface, null>>;
}

function handleLater({ data, emit, change }: FakeMailParts) {
  const isOf = (one: { owner: string; to: string }, of: string | undefined) =>
    of === undefined || one.owner === of || one.to === of;
  const dueOf = (when: { in_seconds?: number | undefined; at?: string | undefined }, before: number) =>
    when.at === undefined
      ? when.in_seconds === undefined
        ? before
        : Date.now() + when.in_seconds * 1000
      : Date.parse(when.at);
  let next = 100;
  return {
    listReminders: ({ of, state }) => {
      const reminders = data.reminders.filter((one) => isOf(one, of) && one.state === state);
      return { reminders, standing: reminders.length };
    },
    createReminder: ({ to, body, ...when }) => {
      const reminder: FakeData['reminders'][number] = {
        id: ++next,
        owner: 'operator',
        to,
        body,
        dueAt: dueOf(when, 0),
        state: 'standing',
        message: null,
        attachment: null,
        createdAt: Date.now(),
      };
      data.reminders.push(reminder);
      emit(to, 'reminder.set', { id: reminder.id, dueAt: reminder.dueAt });
      return { reminder, duplicate: false };
    },
    changeReminder: ({ id, body, ...when }) => {
      const reminder = find(data.reminders, id, 'unknown_reminder');
      Object.assign(reminder, { body: body ?? reminder.body, dueAt: dueOf(when, reminder.dueAt) });
      emit(null, 'reminder.changed', { id, dueAt: reminder.dueAt, by: 'operator' });
      return { reminder };
    },
    cancelReminder: ({ id }) => {
      const reminder = Object.assign(find(data.reminders, id, 'unknown_reminder'), { state: 'cancelled' as const });
      emit(null, 'reminder.cancelled', { id, by: 'operator' });
      return { reminder };
    },
    listSchedules: ({ of }) => ({ schedules: data.schedules.filter((one) => isOf(one, of)) }),
    createSchedule: (input) => {
      if (input.cron.split(/\s+/).length < 5) throw new HiveError('impossible_cron');
      const schedule: FakeData['schedules'][number] = {
        id: ++next,
        owner: 'operator',
        to: input.to ?? 'operator',
        action: input.action ?? 'message',
        priority: null,
        body: input.body,
        cron: input.cron,
        timeZone: input.time_zone,
        misfire: input.misfire,
        windowMs: input.window_seconds * 1000,
        jitterMs: 0,
        paused: false,
        nextAt: Date.now() + 3_600_000,
        lastAt: null,
        fired: 0,
        skipped: 0,
        folded: 0,
        trouble: null,
        createdAt: Date.now(),
      };
      data.schedules.push(schedule);
      emit(null, 'schedule.set', { id: schedule.id, owner: 'operator', cron: schedule.cron, nextAt: schedule.nextAt });
      return { schedule, duplicate: false };
    },
    changeSchedule: ({ id, paused = false }) => {
      const schedule = Object.assign(find(data.schedules, id, 'unknown_schedule'), { paused });
      emit(null, 'schedule.changed', { id, paused, nextAt: schedule.nextAt, by: 'operator' });
      return { schedule };
    },
    cancelSchedule: ({ id }) => {
      data.schedules.splice(data.schedules.indexOf(find(data.schedules, id, 'unknown_schedule')), 1);
      emit(null, 'schedule.cancelled', { id, by: 'operator' });
      return { cancelled: true as const };
    },
    reminderRollup: ({ from = 0, to = Date.now() }) => {
      const days = Math.round((to - from) / 86_400_000);
      return {
        from,
        to,
        rollup: { asked: days, fired: 2 * days, delivered: 2 * days, handled: 2 * days - 1, failed: days > 7 ? 1 : 0 },
      };
    },
    setQuiet: ({ name, minutes }) => {
      const until = minutes === 0 ? null : Date.now() + minutes * 60_000;
      change(name, { quietUntil: until });
      emit(name, 'agent.quiet', { until, by: 'operator' });
      return { until };
    },
  } satisfies Partial<Handlers<typeof operatorSurface, null>>;
}

function handleFiles({ data }: FakeMailParts) {
  return {
    upload: ({ name, data: bytes }) => {
      const content = Buffer.from(bytes, 'base64');
      const hash = createHash('sha256').update(content).digest('hex');
      data.files.set(hash, bytes);
      return { name, hash, bytes: content.length };
    },
    download: ({ message, name }) => {
      const file = data.messages.find(({ id }) => id === message)?.data.attachments?.find((one) => one.name === name);
      if (file === undefined) throw new HiveError('unknown_attachment');
      return { name, hash: file.hash, data: data.files.get(file.hash) ?? '' };
    },
  } satisfies Partial<Handlers<typeof operatorSurface, null>>;
}

/** The receipts of all messages. */
function receiptsOf(data: FakeData): Receipt[] {
  return data.messages.flatMap(({ receipts }) => receipts);
}

function find<T extends { id: number }>(
  list: readonly T[],
  id: number,
  code: 'unknown_message' | 'unknown_question' | 'unknown_reminder' | 'unknown_schedule',
): T {
  const found = list.find((one) => one.id === id);
  if (found === undefined) throw new HiveError(code);
  return found;
}
