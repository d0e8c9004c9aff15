import { TOLD_TOPICS } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import type { Topics } from './serve-topics.ts';
import { countTopics, listTopics, topicsFor } from './store/topics.ts';

export function handleTopics({ db, topics }: { db: Db; topics: Topics }) {
  return {
    agent: {
      async topics({ action, topic }, { caller }) {
        if (action !== 'list' && topic !== undefined) await topics.subscribe(caller, topic, action === 'subscribe');
        return { topics: topicsFor(db, caller, TOLD_TOPICS), total: countTopics(db) };
      },
    },
    operator: {
      listTopics: () => ({ topics: listTopics(db) }),
      setTopic: async (input) => ({ topic: await topics.setTopic(input) }),
    },
  } satisfies ModuleHandlers;
}
