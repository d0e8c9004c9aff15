import { type AgentTopicView, TOLD_SUBSCRIBERS, type TopicView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

export function listTopics(db: Db): TopicView[] {
  const rows = sql(db, 'SELECT name, open FROM topics ORDER BY name').all() as { name: string; open: number }[];
  return rows.map(({ name, open }) => ({ topic: name, open: open === 1, subscribers: subscribersOf(db, name) }));
}

const TOPICS_FOR = `SELECT agent FROM subscriptions WHERE topic = ? ORDER BY agent LIMIT ${TOLD_SUBSCRIBERS}`;

/** The topics that an agent is shown, its own first, then by name. */
export function topicsFor(db: Db, agent: string, limit: number): AgentTopicView[] {
  const rows = sql(
    db,
    `SELECT name AS topic, open, (SELECT COUNT(*) FROM subscriptions WHERE topic = name) AS count,
       EXISTS (SELECT 1 FROM subscriptions WHERE topic = name AND agent = @agent) AS subscribed
     FROM topics ORDER BY subscribed DESC, name LIMIT @limit`,
  ).all({ agent, limit }) as { topic: string; open: number; count: number; subscribed: number }[];
  const few = sql(db, TOPICS_FOR).pluck();
  return rows.map(({ topic, open, count, subscribed }) => ({
    topic,
    open: open === 1,
    subscribers: few.all(topic) as string[],
    count,
    subscribed: subscribed === 1,
  }));
}

export function topicNames(db: Db): string[] {
  return sql(db, 'SELECT name FROM topics ORDER BY name').pluck().all() as string[];
}

export function isSubscribed(db: Db, topic: string, agent: string): boolean {
  return sql(db, 'SELECT 1 FROM subscriptions WHERE topic = ? AND agent = ?').get(topic, agent) !== undefined;
}

export function findTopic(db: Db, name: string): TopicView | null {
  const open = sql(db, 'SELECT open FROM topics WHERE name = ?').pluck().get(name) as number | undefined;
  return open === undefined ? null : { topic: name, open: open === 1, subscribers: subscribersOf(db, name) };
}

export function subscribersOf(db: Db, topic: string): string[] {
  return sql(db, 'SELECT agent FROM subscriptions WHERE topic = ? ORDER BY agent').pluck().all(topic) as string[];
}

/** Creates the topic if it is new. */
export function makeTopic(db: Db, topic: { name: string; by: string; at: number }): void {
  sql(db, 'INSERT INTO topics (name, created_by, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(
    topic.name,
    topic.by,
    topic.at,
  );
}

export function setTopicOpen(db: Db, name: string, open: boolean): void {
  sql(db, 'UPDATE topics SET open = ? WHERE name = ?').run(open ? 1 : 0, name);
}

export function countTopics(db: Db): number {
  return sql(db, 'SELECT COUNT(*) FROM topics').pluck().get() as number;
}

export function subscribe(db: Db, topic: string, agent: string): void {
  sql(db, 'INSERT INTO subscriptions (topic, agent) VALUES (?, ?) ON CONFLICT DO NOTHING').run(topic, agent);
}

/** An open topic without subscribers is deleted; a closed one stays, so that it stays closed. */
export function unsubscribe(db: Db, topic: string, agent: string): void {
  sql(db, 'DELETE FROM subscriptions WHERE topic = ? AND agent = ?').run(topic, agent);
  sql(
    db,
    'DELETE FROM topics WHERE name = ? AND open = 1 AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE topic = name)',
  ).run(topic);
}

export function topicsOf(db: Db, agent: string): string[] {
  return sql(db, 'SELECT topic FROM subscriptions WHERE agent = ?').pluck().all(agent) as string[];
}

export function unsubscribeFromAll(db: Db, agent: string): void {
  sql(db, 'DELETE FROM subscriptions WHERE agent = ?').run(agent);
}
