import { ids } from './phrases.ts';
import type { EventTable } from './words.ts';

/** Messages, threads, questions and topics. */
export const MAIL_EVENTS = {
  'message.sent': { title: 'sent', say: ({ id, from, to, preview }) => `#${id} ${from} → ${to}: ${preview}` },
  'mailbox.full': {
    title: 'mailbox full',
    say: ({ mailbox, messages, bytes, sender }, format) =>
      `of ${mailbox} (${messages} messages, ${format.bytes(bytes)}): refused ${sender}`,
  },
  'delivery.in_context': {
    title: 'reads',
    say: ({ messages, turn }) => `${ids(messages)} in turn ${turn}`,
    tone: 'quiet',
  },
  'delivery.joined': {
    title: 'reads',
    say: ({ messages, turn }) => `${ids(messages)} in turn ${turn} while it ran`,
    tone: 'quiet',
  },
  'delivery.released': {
    title: 'put back',
    say: ({ messages, turn, reason }) => `${ids(messages)} by turn ${turn}: ${reason}`,
    tone: 'warn',
  },
  'delivery.dead': {
    title: 'given up',
    say: ({ messages, attempts, reason }) => `${ids(messages)} after ${attempts} attempts: ${reason}`,
    tone: 'bad',
  },
  'delivery.read': { title: 'read', say: ({ messages }) => ids(messages) },
  'delivery.expired': { title: 'expired', say: ({ messages }) => ids(messages), tone: 'warn' },
  'delivery.withdrawn': {
    title: 'withdrawn',
    say: ({ messages, by }) => `${ids(messages)} by ${by}`,
    tone: 'quiet',
  },
  'delivery.requeued': {
    title: 'tried again',
    say: ({ messages, by }) => `${ids(messages)} by ${by}`,
    tone: 'quiet',
  },
  'thread.paused': {
    title: 'paused',
    say: ({ thread, between, why, question }) =>
      `thread ${thread} between ${between.join(', ')}: ${why}${question === null ? '' : ` (asked you in #${question})`}`,
  },
  'thread.opened': { title: 'opened', say: ({ thread, by }) => `thread ${thread} by ${by}` },
  'thread.closed': { title: 'closed', say: ({ thread, by }) => `thread ${thread} by ${by}` },
  'question.asked': {
    title: 'asks',
    say: ({ id, from, asked, deadline }, { ahead }) =>
      `#${id} ${from} → ${asked}${deadline === null ? '' : `, until ${ahead(deadline)}`}`,
  },
  'question.closed': {
    title: 'question',
    say: ({ id, state, answer }) => `#${id} ${state}${answer === null ? '' : ` by #${answer}`}`,
  },
  'topic.changed': {
    title: 'topic',
    say: ({ topic, open, subscribers, by }) =>
      `${topic} ${open ? 'open' : 'closed'}, ${subscribers} subscribed, by ${by}`,
  },
  'agent.quiet': {
    title: 'do not disturb',
    say: ({ until, by }, { ahead }) => `${until === null ? 'over' : `until ${ahead(until)}`}, by ${by}`,
    tone: 'quiet',
  },
} satisfies EventTable;
