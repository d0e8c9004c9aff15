import type { AgentName } from '../../protocol/names.ts';
import type { Db } from '../../store/open-store.ts';
import type { Places } from './config.ts';
import type { Config } from './config/schema.ts';
import type { AgentMemory } from './core/agent-memory.ts';
import type { Tx, Writer } from './core/writer.ts';
import { openBlobStore } from './modules/files/blob-store.ts';
import { createFiles, type Files } from './modules/files/keep-files.ts';
import type { Mail } from './modules/mail/serve-mail.ts';
import type { FireDeps } from './modules/timers/fire-due.ts';
import type { TimerHandlerDeps } from './modules/timers/handlers.ts';
import { createTimerGate } from './modules/timers/limits.ts';

/** Attached files, and the dependencies of reminders and schedules, with the limits in config.yaml. */
export async function openMailParts(deps: {
  db: Db;
  writer: Writer;
  memory: AgentMemory;
  mail: Mail;
  config: Pick<Config, 'broker'>;
  places: Pick<Places, 'blobs'>;
  /** Throws `storage_unavailable` while the remaining disk space is reserved for vital writes. */
  refuse: () => void;
  /** Declares an agent running, in the caller's transaction. */
  startAgent: (tx: Tx, name: AgentName) => void;
}): Promise<{ files: Files; timers: FireDeps & TimerHandlerDeps }> {
  const { db, writer, memory, mail, startAgent, refuse } = deps;
  const { broker } = deps.config;
  const { events, clock } = mail;
  const gate = createTimerGate(
    { clock, memory },
    {
      maxStanding: broker.max_reminders,
      rate: { burst: broker.reminder_burst, perMinute: broker.reminder_per_minute },
    },
  );
  const blobs = await openBlobStore(deps.places.blobs);
  const files = createFiles(
    { db, writer, memory, blobs, clock, refuse },
    { maxBytes: broker.attachment_max_bytes, maxTotalBytes: broker.attachments_total_max_bytes },
  );
  return { files, timers: { db, writer, mail, events, clock, gate, startAgent, quietMs: broker.loop_quiet_ms } };
}
