import type { Db } from '../../../../store/open-store.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { FROM_THE_END, pageOf } from '../../core/page.ts';
import { requireKnown, viewerFor } from '../agents/known-agent.ts';
import type { SearchIndex } from './index-search.ts';

export function handleSearch({ db, search }: { db: Db; search: SearchIndex }) {
  return {
    agent: {
      search: async ({ query, limit }, { caller }) => ({
        hits: await search.find({ query, viewer: viewerFor(db, caller), before: FROM_THE_END, limit }),
      }),
    },
    operator: {
      async searchMessages({ query, of, before, limit }) {
        const name = requireKnown(db, of);
        const viewer = name === null ? null : { name, since: 0 };
        return { hits: await search.find({ query, viewer, before: before ?? FROM_THE_END, limit: pageOf(limit) }) };
      },
    },
  } satisfies ModuleHandlers;
}
