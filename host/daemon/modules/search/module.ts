import type { Module } from '../../core/module.ts';
import type { Db } from '../../../../store/open-store.ts';
import { handleSearch } from './handlers.ts';
import type { SearchIndex } from './index-search.ts';
import { forgetWords } from './store/search.ts';

/** Messages indexed per background step; a search indexes the rest itself. */
const WORDS_A_TICK = 1_000;

/** Full-text search over messages. */
export function searchModule({ db, search }: { db: Db; search: SearchIndex }) {
  return {
    name: 'search',
    handlers: handleSearch({ db, search }),
    onMessageDeleted: (tx, message) => forgetWords(tx.db, message),
    async tidy() {
      await search.catchUp(WORDS_A_TICK);
    },
  } satisfies Module;
}
