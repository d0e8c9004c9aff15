import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { KnownSecrets } from '../../core/known-secrets.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { FROM_THE_END, pageOf } from '../../core/page.ts';
import { requireAgent, requireKnown, viewerFor } from '../agents/known-agent.ts';
import { openTurnOf } from '../turns/queries.ts';
import type { Mail } from './serve-mail.ts';
import { listDead } from './store/dead-deliveries.ts';
import { unreadOf } from './store/deliveries.ts';
import { exportPage } from './store/export.ts';
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
import { listThreads, threadHead, threadStateOf } from './store/threads.ts';

/** Handlers of messages, threads and dead letters, for agents and the operator. */
export function handleMail({ db, mail, redact }: { db: Db; mail: Mail; redact: KnownSecrets['redactJson'] }) {
  const known = (of: string | undefined) => requireKnown(db, of);
  const requireVisible = (name: AgentName, id: number): number => {
    const thread = threadVisibleTo(db, id, viewerFor(db, name));
    if (thread === null)
      throw new HiveError('unknown_message', `There is no message #${id} that you sent or received.`);
    return thread;
  };
  const requireMessage = (id: number) => {
    const message = viewMessage(db, id);
    if (message === null) throw new HiveError('unknown_message', `There is no message #${id}.`);
    return message;
  };

  return {
    agent: {
      send: (input, { caller }) => mail.send(caller, input),
      receipts({ id }, { caller }) {
        requireVisible(caller, id);
        const message = findMessage(db, id);
        return { id, receipts: message === null ? [] : receiptsOf(db, message) };
      },
      thread({ id, limit }, { caller }) {
        const thread = requireVisible(caller, id);
        const found = visibleThread(db, { thread, viewer: viewerFor(db, caller), limit: limit + 1 });
        return {
          thread,
          state: threadStateOf(db, thread),
          messages: found.slice(-limit),
          more: found.length > limit,
        };
      },
    },
    operator: {
      send: (input) => mail.send(OPERATOR, input),
      async inject({ name, text, key }) {
        requireKnown(db, name);
        const words = { to: name, body: text, priority: 'critical' as const, ...(key === undefined ? {} : { key }) };
        const sent = await mail.send(OPERATOR, words);
        const turn = openTurnOf(db, name)?.id ?? null;
        const waiting = sent.waiting?.[0];
        const isSaid = DRIVERS[requireAgent(db, name).spec.driver].capabilities.midTurnMail === 'said';
        if (turn !== null) return { message: sent.id, turn, into: isSaid ? 'running_turn' : 'end_of_turn' };
        return waiting === undefined
          ? { message: sent.id, turn, into: 'next_turn' }
          : { message: sent.id, turn, into: 'waits', waiting };
      },
      listMessages: ({ of, before, limit }) => ({
        messages: listMessages(db, { of: known(of), before: before ?? FROM_THE_END, limit: pageOf(limit) }),
      }),
      getMessage: ({ id }) => ({ message: requireMessage(id) }),
      exportMessages: ({ after, of, limit }) =>
        redact(exportPage(db, { of: known(of), after, limit: pageOf(limit) })).value,
      inbox: ({ limit }) => ({
        messages: unreadOf(db, OPERATOR, pageOf(limit)),
        unread: mailboxFill(db, OPERATOR).queued,
      }),
      markRead: async ({ ids }) => ({ read: await mail.markRead(ids) }),
      listThreads: ({ of, before, limit }) => ({
        threads: listThreads(db, { of: known(of), before: before ?? FROM_THE_END, limit: pageOf(limit) }),
      }),
      getThread({ id, before, limit }) {
        const { thread } = requireMessage(id);
        const head = threadHead(db, thread);
        if (head === null) throw new HiveError('unknown_message', `There is no message #${id}.`);
        const size = pageOf(limit);
        const found = pageOfThread(db, { thread, before: before ?? FROM_THE_END, limit: size + 1 });
        return { thread: head, messages: found.slice(-size), more: found.length > size };
      },
      setThread: async ({ id, state }) => ({ thread: await mail.setThread(id, state) }),
      listDead({ agent, before, limit }) {
        const of = known(agent);
        return {
          dead: listDead(db, { of, before: before ?? FROM_THE_END, limit: pageOf(limit) }),
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
    },
  } satisfies ModuleHandlers;
}
