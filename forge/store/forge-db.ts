import { type Db, openStore } from '../../store/open-store.ts';
import init from './migrations/0001_init.sql?raw';

/** Opens forge.db at `path`. Throws `newer_database`. `nativeBinding` as openStore takes it. */
export function openForgeDb(path: string, nativeBinding: string | null): Db {
  return openStore(path, [{ version: 1, name: 'init', sql: init }], { nativeBinding });
}
