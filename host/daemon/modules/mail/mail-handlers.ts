import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { SurfaceFor } from '../../../../protocol/op.ts';
import type { agentMail } from '../../../../protocol/operations/agent-mail.ts';
import type { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import { TOLD_TOPICS } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Handlers } from '../../../../wire/routes.ts';
import type { Files } from '../files/keep-files.ts';
import type { Topics } from '../topics/serve-topics.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { Mail } from './serve-mail.ts';
import type { SearchIndex } from '../search/index-search.ts';
import { exportPage } from './store/export.ts';
import { findAgent } from '../agents/store/agents.ts';
import { listDead, unreadOf } from './store/deliveries.ts';
import { countDead, mailboxFill } from './store/mailboxes.ts';
import {
  findMessage,
  listMessages,
  pageOfThread,
  receiptsOf,
  threadVisibleTo,
  viewMessage,
  visibleThread,
} from './store/messages.ts';
import { countOpenQuestions, findQuestion, listQuestions, viewQuestion } from '../questions/store/questions.ts';
import { listThreads, threadHead, threadStateOf } from './store/threads.ts';
import { countTopics, listTopics, topicsFor } from '../topics/store/topics.ts';
import type { OperatorCaller } from '../../surfaces/operator-handlers.ts';

/** No page is longer than this, whatever was asked. */
const MAX_PAGE = 1_000;
const FROM_THE_END = Number.MAX_SAFE_INTEGER;

export interface MailDeps {
  db: Db;
  mail: Mail;
  turns: Turns;
  topics: Topics;
  files: Files;
  search: SearchIndex;
  clock: () => number;
}

/** Operations about time are in timer-handlers.ts. */
type TimerOps = 'remind' | 'reminders' | 'schedule' | 'schedules';
type OperatorTimerOps =
  | 'createReminder'
  | 'listReminders'
  | 'changeReminder'
  | 'cancelReminder'
  | 'listSchedules'
  | 'createSchedule'
  | 'changeSchedule'
  | 'cancelSchedule'
  | 'reminderRollup';

/** What an agent's socket answers about mail. The caller is whose socket it is. */
export function handleAgentMail(deps: MailDeps): Handlers<Omit<typeof agentMail, TimerOps>, AgentName> {
  const { db, mail, turns, files, search, clock } = deps;

  const viewerOf = (name: AgentName) => {
    const row = findAgent(db, name);
    if (row === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
    return { name, since: row.createdAt };
  };
  const requireVisible = (name: AgentName, id: number): number => {
    const thread = threadVisibleTo(db, id, viewerOf(name));
    if (thread === null)
      throw new HiveError('unknown_message', `There is no message #${id} that you sent or received.`);
    return thread;
  };

  return {
    send: (input, { caller }) => mail.send(caller, input),
    recv: (input, { caller }) => turns.recv(caller, input.limit),
    receipts({ id }, { caller }) {
      requireVisible(caller, id);
      const message = findMessage(db, id);
      return { id, receipts: message === null ? [] : receiptsOf(db, message) };
    },
    thread({ id, limit }, { caller }) {
      const thread = requireVisible(caller, id);
      const found = visibleThread(db, { thread, viewer: viewerOf(caller), limit: limit + 1 });
      return {
        thread,
        state: threadStateOf(db, thread),
        messages: found.slice(-limit),
        more: found.length > limit,
      };
    },
    search: async ({ query, limit }, { caller }) => ({
      hits: await search.find({ query, viewer: viewerOf(caller), before: FROM_THE_END, limit }),
    }),
    async topics({ action, topic }, { caller }) {
      if (action !== 'list' && topic !== undefined) await deps.topics.subscribe(caller, topic, action === 'subscribe');
      return { topics: topicsFor(db, caller, TOLD_TOPICS), total: countTopics(db) };
    },
    async quiet({ minutes }, { caller }) {
      const until = minutes === 0 ? null : clock() + Math.round(minutes * 60_000);
      await turns.setQuiet(caller, until, caller);
      return { until };
    },
    upload: (input, { caller }) => files.upload(caller, input),
    download: (input, { caller }) => files.download(caller, input),
  };
}

/** What the operator does with mail, from the dashboard as from hivectl. */
export function handleOperatorMail(
  deps: MailDeps & {
    /** Throws `unknown_agent` for a name that nobody has. */
    known: (of: string | undefined) => string | null;
  },
): Handlers<SurfaceFor<typeof agentMail, 'operator'> & Omit<typeof operatorMail, OperatorTimerOps>, OperatorCaller> {
  const { db, mail, turns, files, search, clock, known } = deps;
  const page = (limit: number) => Math.min(limit, MAX_PAGE);
  const requireMessage = (id: number) => {
    const message = viewMessage(db, id);
    if (message === null) throw new HiveError('unknown_message', `There is no message #${id}.`);
    return message;
  };

  return {
    send: (input) => mail.send(OPERATOR, input),
    listMessages: ({ of, before, limit }) => ({
      messages: listMessages(db, { of: known(of), before: before ?? FROM_THE_END, limit: page(limit) }),
    }),
    getMessage: ({ id }) => ({ message: requireMessage(id) }),
    exportMessages: ({ after, of, limit }) => exportPage(db, { of: known(of), after, limit: page(limit) }),
    async searchMessages({ query, of, before, limit }) {
      const name = known(of);
      const viewer = name === null ? null : { name, since: 0 };
      return { hits: await search.find({ query, viewer, before: before ?? FROM_THE_END, limit: page(limit) }) };
    },
    inbox: ({ limit }) => ({
      messages: unreadOf(db, OPERATOR, page(limit)),
      unread: mailboxFill(db, OPERATOR).queued,
    }),
    markRead: async ({ ids }) => ({ read: await mail.markRead(ids) }),
    listThreads: ({ of, before, limit }) => ({
      threads: listThreads(db, { of: known(of), before: before ?? FROM_THE_END, limit: page(limit) }),
    }),
    getThread({ id, before, limit }) {
      const { thread } = requireMessage(id);
      const head = threadHead(db, thread);
      if (head === null) throw new HiveError('unknown_message', `There is no message #${id}.`);
      const size = page(limit);
      const found = pageOfThread(db, { thread, before: before ?? FROM_THE_END, limit: size + 1 });
      return { thread: head, messages: found.slice(-size), more: found.length > size };
    },
    setThread: async ({ id, state }) => ({ thread: await mail.setThread(id, state) }),

    listDead({ agent, before, limit }) {
      const of = known(agent);
      return {
        dead: listDead(db, { of, before: before ?? FROM_THE_END, limit: page(limit) }),
        total: countDead(db, of),
      };
    },
    requeue(input) {
      known(input.agent);
      return mail.requeue(input);
    },
    async drop(input) {
      known(input.agent);
      return { dropped: await mail.drop(input) };
    },

    listTopics: () => ({ topics: listTopics(db) }),
    setTopic: async (input) => ({ topic: await deps.topics.setTopic(input) }),

    listQuestions({ of, state, thread = null, limit }) {
      const asked = of === '*' ? null : known(of);
      return {
        questions: listQuestions(db, { asked, state, thread, limit: page(limit) }),
        open: countOpenQuestions(db, asked),
      };
    },
    async answerQuestion({ id, body }) {
      const row = findQuestion(db, id);
      if (row === null) throw new HiveError('unknown_question', `There is no question #${id}.`);
      // A question of the hive's own is answered to nobody's mailbox; the address only says whose word it is.
      const to = row.asker === 'system' ? OPERATOR : (row.asker as AgentName);
      await mail.answer({ to, body, in_reply_to: id });
      const question = viewQuestion(db, id);
      if (question === null) throw new HiveError('unknown_question');
      return { question };
    },

    async setQuiet({ name, minutes }) {
      known(name);
      const until = minutes === 0 ? null : clock() + Math.round(minutes * 60_000);
      await turns.setQuiet(name, until, OPERATOR);
      return { until };
    },
    upload: (input) => files.upload(OPERATOR, input),
    download: (input) => files.download(OPERATOR, input),
  };
}
