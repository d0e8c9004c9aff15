import type { AgentName } from '../../protocol/names.ts';
import type { Db } from '../../store/open-store.ts';
import { openBlobStore } from './modules/files/blob-store.ts';
import { createFiles, type Files } from './modules/files/keep-files.ts';
import type { Broker } from './modules/mail/broker.ts';
import { createPruner, type Pruner } from './core/prune.ts';
import { createSearchIndex, type SearchIndex } from './modules/search/index-search.ts';
import { createDueTimer } from './modules/timers/fire-due.ts';
import { createTimerGate } from './modules/timers/limits.ts';
import type { Places } from './config.ts';
import type { Config } from './config/schema.ts';
import type { EventLog } from './core/event-log.ts';
import type { Tx, Writer } from './core/writer.ts';
import {
  type AgentTimers,
  handleAgentTimers,
  handleOperatorTimers,
  type OperatorTimers,
} from './modules/timers/timer-handlers.ts';

/** What stands around the broker: files, search, time, and what throws the old away. */
export interface MailRooms {
  files: Files;
  search: SearchIndex;
  pruner: Pruner;
  agentTimers: AgentTimers;
  operatorTimers: OperatorTimers;
  /** Fires reminders and schedules that are due; answers when the next one is. */
  fireDue: (now: number) => Promise<number | null>;
  forget: (name: AgentName) => void;
}

export async function openMail(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  broker: Broker;
  config: Config;
  places: Places;
  disk: { refuse(): void };
  /** Declares an agent running, in the transaction of what it is started for. */
  startAgent: (tx: Tx, name: AgentName) => void;
}): Promise<MailRooms> {
  const { db, writer, events, clock, broker, config, startAgent } = deps;
  const { retention } = config;
  const gate = createTimerGate(clock, {
    maxStanding: config.broker.max_reminders,
    rate: { burst: config.broker.reminder_burst, perMinute: config.broker.reminder_per_minute },
  });
  const timers = { db, writer, events, clock, gate, quietMs: config.broker.loop_quiet_ms };
  const blobs = await openBlobStore(deps.places.blobs);
  return {
    files: createFiles(
      { db, writer, blobs, clock, refuse: deps.disk.refuse },
      { maxBytes: config.broker.attachment_max_bytes, maxTotalBytes: config.broker.attachments_total_max_bytes },
    ),
    search: createSearchIndex({ db, writer }),
    pruner: createPruner(writer, {
      messagesDays: retention.messages_days,
      noticesDays: retention.notices_days,
      transcriptDays: retention.transcript_days,
      eventsDays: retention.events_days,
    }),
    agentTimers: handleAgentTimers(timers),
    operatorTimers: handleOperatorTimers(timers),
    fireDue: createDueTimer({ db, writer, postDeps: broker.postDeps, startAgent }),
    forget: gate.forget,
  };
}
