import type { Migration } from '../../../store/open-store.ts';
import init from './migrations/0001_init.sql?raw';

/** hive.db's schema, step by step. A step that has landed is never edited. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, name: 'init', sql: init }];
