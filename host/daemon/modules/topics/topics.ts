import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { TopicView } from '../../../../protocol/schemas/message.ts';
import { unknownAgent } from '../agents/unknown-agent.ts';
import { agentExists, agentNames } from '../agents/queries.ts';
import {
  countTopics,
  findTopic,
  isSubscribed,
  makeTopic,
  setTopicOpen,
  subscribe,
  topicsOf,
  unsubscribe,
} from './store/topics.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';

/** Agents create topics by subscribing; a hive that needs more than this is misbehaving. */
const MOST_TOPICS = 1_000;
/** A limit per agent, so that no single agent uses up all topics. */
const MOST_OF_ONE = 100;

/** An agent subscribes (which creates the topic) or unsubscribes. Throws `topic_closed` and `unknown_topic`. */
export function changeSubscription(
  tx: Tx,
  deps: MailContext,
  ask: { agent: string; topic: string; on: boolean },
): void {
  const { agent, topic, on } = ask;
  if (on && isSubscribed(tx.db, topic, agent)) return;
  const found = findTopic(tx.db, topic);
  if (on) {
    if (found?.open === false) throw new HiveError('topic_closed', `The operator closed the topic ${topic}.`);
    if (topicsOf(tx.db, agent).length >= MOST_OF_ONE)
      throw new HiveError(
        'invalid_input',
        `You subscribe to ${MOST_OF_ONE} topics, which is the limit. Leave one first.`,
      );
    if (found === null) makeOne(tx, deps, { topic, by: agent });
    subscribe(tx.db, topic, agent);
  } else {
    if (!isSubscribed(tx.db, topic, agent)) throw notSubscribed(topic, topicsOf(tx.db, agent));
    unsubscribe(tx.db, topic, agent);
  }
  tell(tx, deps, { topic, by: agent });
}

/** The operator opens, closes or creates a topic. */
export function changeTopic(
  tx: Tx,
  deps: MailContext,
  ask: {
    topic: string;
    open?: boolean | undefined;
    add?: readonly string[] | undefined;
    remove?: readonly string[] | undefined;
  },
): TopicView {
  const { topic, open, add = [], remove = [] } = ask;
  for (const name of add) if (!agentExists(tx.db, name)) throw unknownAgent(name, agentNames(tx.db));
  if (findTopic(tx.db, topic) === null) makeOne(tx, deps, { topic, by: OPERATOR });
  if (open !== undefined) setTopicOpen(tx.db, topic, open);
  for (const name of add) subscribe(tx.db, topic, name);
  for (const name of remove) unsubscribe(tx.db, topic, name);
  tell(tx, deps, { topic, by: OPERATOR });
  return findTopic(tx.db, topic) ?? { topic, open: true, subscribers: [] };
}

function notSubscribed(topic: string, own: readonly string[]): HiveError {
  const yours = own.length === 0 ? 'You subscribe to none.' : `You subscribe to: ${own.join(', ')}.`;
  return new HiveError('unknown_topic', `You do not subscribe to ${topic}. ${yours}`);
}

function makeOne(tx: Tx, deps: MailContext, { topic, by }: { topic: string; by: string }): void {
  if (countTopics(tx.db) >= MOST_TOPICS)
    throw new HiveError('invalid_input', `There are ${MOST_TOPICS} topics, which is the limit. Use one of them.`);
  makeTopic(tx.db, { name: topic, by, at: deps.clock() });
}

function tell(tx: Tx, deps: MailContext, { topic, by }: { topic: string; by: string }): void {
  const found = findTopic(tx.db, topic);
  deps.events.append(tx, 'topic.changed', {
    data: { topic, open: found?.open ?? true, subscribers: found?.subscribers.length ?? 0, by },
  });
}
