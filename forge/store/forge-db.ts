import { type Db, openStore } from '../../store/open-store.ts';
import init from './migrations/0001_init.sql?raw';
import pushCommands from './migrations/0002_push_commands.sql?raw';
import removalAndCounts from './migrations/0003_removal_and_counts.sql?raw';
import kindsOfEvents from './migrations/0004_kinds_of_events.sql?raw';
import factsCarryMail from './migrations/0005_facts_carry_mail.sql?raw';
import pulls from './migrations/0006_pulls.sql?raw';
import whoApproves from './migrations/0007_who_approves.sql?raw';
import checks from './migrations/0008_checks.sql?raw';
import queue from './migrations/0009_queue.sql?raw';
import tokens from './migrations/0010_tokens.sql?raw';
import replies from './migrations/0011_replies.sql?raw';
import statuses from './migrations/0012_statuses.sql?raw';
import upkeep from './migrations/0013_upkeep.sql?raw';
import fscks from './migrations/0014_fscks.sql?raw';
import labels from './migrations/0015_labels.sql?raw';
import artifacts from './migrations/0016_artifacts.sql?raw';
import restores from './migrations/0017_restores.sql?raw';
import mirrors from './migrations/0018_mirrors.sql?raw';
import forks from './migrations/0019_forks.sql?raw';
import caches from './migrations/0020_caches.sql?raw';
import receiving from './migrations/0021_receiving.sql?raw';
import pullsFromForks from './migrations/0022_pulls_from_forks.sql?raw';
import reportBytes from './migrations/0023_report_bytes.sql?raw';
import webhooks from './migrations/0024_webhooks.sql?raw';
import pullsByHead from './migrations/0025_pulls_by_head.sql?raw';
import pullsByMerge from './migrations/0026_pulls_by_merge.sql?raw';

const MIGRATIONS = [
  { version: 1, name: 'init', sql: init },
  { version: 2, name: 'push_commands', sql: pushCommands },
  { version: 3, name: 'removal_and_counts', sql: removalAndCounts },
  { version: 4, name: 'kinds_of_events', sql: kindsOfEvents },
  { version: 5, name: 'facts_carry_mail', sql: factsCarryMail },
  { version: 6, name: 'pulls', sql: pulls },
  { version: 7, name: 'who_approves', sql: whoApproves },
  { version: 8, name: 'checks', sql: checks },
  { version: 9, name: 'queue', sql: queue },
  { version: 10, name: 'tokens', sql: tokens },
  { version: 11, name: 'replies', sql: replies },
  { version: 12, name: 'statuses', sql: statuses },
  { version: 13, name: 'upkeep', sql: upkeep },
  { version: 14, name: 'fscks', sql: fscks },
  { version: 15, name: 'labels', sql: labels },
  { version: 16, name: 'artifacts', sql: artifacts },
  { version: 17, name: 'restores', sql: restores },
  { version: 18, name: 'mirrors', sql: mirrors },
  { version: 19, name: 'forks', sql: forks },
  { version: 20, name: 'caches', sql: caches },
  { version: 21, name: 'receiving', sql: receiving },
  { version: 22, name: 'pulls_from_forks', sql: pullsFromForks },
  { version: 23, name: 'report_bytes', sql: reportBytes },
  { version: 24, name: 'webhooks', sql: webhooks },
  { version: 25, name: 'pulls_by_head', sql: pullsByHead },
  { version: 26, name: 'pulls_by_merge', sql: pullsByMerge },
];

/** Opens forge.db at `path`. Throws `newer_database`. `nativeBinding` as openStore takes it. */
export function openForgeDb(path: string, nativeBinding: string | null): Db {
  return openStore(path, MIGRATIONS, { nativeBinding });
}
