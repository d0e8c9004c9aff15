import type { AgentName } from '../../protocol/names.ts';
import type { Db } from '../../store/open-store.ts';
import type { Places } from './config.ts';
import type { Config } from './config/schema.ts';
import type { Module } from './core/module.ts';
import type { Tx, Writer } from './core/writer.ts';
import { openBlobStore } from './modules/files/blob-store.ts';
import { createFiles, type Files } from './modules/files/keep-files.ts';
import { filesModule } from './modules/files/module.ts';
import { loopsModule } from './modules/loops/module.ts';
import { mailModule } from './modules/mail/module.ts';
import type { Mail } from './modules/mail/serve-mail.ts';
import { questionsModule } from './modules/questions/module.ts';
import { createSearchIndex, type SearchIndex } from './modules/search/index-search.ts';
import { searchModule } from './modules/search/module.ts';
import { createTimerGate } from './modules/timers/limits.ts';
import { timersModule } from './modules/timers/module.ts';
import {
  type AgentTimers,
  handleAgentTimers,
  handleOperatorTimers,
  type OperatorTimers,
} from './modules/timers/timer-handlers.ts';
import { topicsModule } from './modules/topics/module.ts';

/** Everything about mail that is a module of its own, with what its handlers need. */
export interface MailModules {
  files: Files;
  search: SearchIndex;
  agentTimers: AgentTimers;
  operatorTimers: OperatorTimers;
  list: readonly Module[];
}

export async function openMailModules(deps: {
  db: Db;
  writer: Writer;
  mail: Mail;
  modules: readonly Module[];
  config: Config;
  places: Pick<Places, 'blobs'>;
  /** Throws `storage_unavailable` while the rest of the disk is kept for what is vital. */
  refuse: () => void;
  /** Declares an agent running, in the transaction of what it is started for. */
  startAgent: (tx: Tx, name: AgentName) => void;
}): Promise<MailModules> {
  const { db, writer, mail, config, startAgent } = deps;
  const { events, clock } = mail;
  const { retention } = config;
  const gate = createTimerGate(clock, {
    maxStanding: config.broker.max_reminders,
    rate: { burst: config.broker.reminder_burst, perMinute: config.broker.reminder_per_minute },
  });
  const timers = { db, writer, events, clock, gate, quietMs: config.broker.loop_quiet_ms };
  const blobs = await openBlobStore(deps.places.blobs);
  const files = createFiles(
    { db, writer, blobs, clock, refuse: deps.refuse },
    { maxBytes: config.broker.attachment_max_bytes, maxTotalBytes: config.broker.attachments_total_max_bytes },
  );
  const search = createSearchIndex({ db, writer });
  return {
    files,
    search,
    agentTimers: handleAgentTimers(timers),
    operatorTimers: handleOperatorTimers(timers),
    list: [
      mailModule({ db, writer, mail, modules: deps.modules, retention }),
      questionsModule({ db, writer, mail }),
      loopsModule({ mail }),
      topicsModule(),
      filesModule({ files }),
      searchModule({ search }),
      timersModule({ db, writer, mail, startAgent, gate, retention }),
    ],
  };
}
