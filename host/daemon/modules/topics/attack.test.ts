import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { topicsFor } from './store/topics.ts';
import { coder, mailSteps, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';

// Attacks on topics from inside one agent's box, and races. Each test names the damage.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { heard } = mailSteps(() => hive);

describe('topics', () => {
  test('no single agent can use up the hive’s limit of topics, and a repeated subscription records nothing', async () => {
    for (let n = 0; n < 100; n += 1) await hive.broker.subscribe(scout, `#topic-${n}`, true);
    await expect(hive.broker.subscribe(scout, '#one-more', true)).rejects.toMatchObject({ code: 'invalid_input' });
    await hive.broker.subscribe(coder, '#one-more', true);
    const said = heard('topic.changed').length;
    await hive.broker.subscribe(coder, '#one-more', true);
    expect(heard('topic.changed')).toHaveLength(said);
  });

  test('an agent is shown a bounded number of topics, its own first, and few subscribers by name', async () => {
    for (let n = 0; n < 30; n += 1) hive.addAgent(`reader-${n}`);
    for (let n = 0; n < 30; n += 1) await hive.broker.subscribe(`reader-${n}` as AgentName, '#news', true);
    for (let n = 0; n < 210; n += 1) await hive.broker.setTopic({ topic: `#a-${n}` });
    await hive.broker.subscribe(scout, '#z-own', true);
    const told = topicsFor(hive.db, scout, 200);
    expect(told).toHaveLength(200);
    expect(told[0]).toEqual({ topic: '#z-own', open: true, subscribers: ['scout'], count: 1, subscribed: true });
    const [news] = topicsFor(hive.db, 'reader-1', 1);
    expect(news).toMatchObject({ topic: '#news', count: 30, subscribed: true });
    expect(news?.subscribers).toHaveLength(10);
  });
});
