import type { AgentName } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import type { Config } from '../config/schema.ts';
import type { Module } from '../core/module.ts';
import { createPruner, type Pruner, retentionOf } from '../core/retention.ts';
import type { Tx, Writer } from '../core/writer.ts';
import { boxesModule } from '../modules/boxes/module.ts';
import { filesModule } from '../modules/files/module.ts';
import { hiveModule } from '../modules/hive/module.ts';
import { loopsModule } from '../modules/loops/module.ts';
import { mailModule } from '../modules/mail/module.ts';
import type { Mail } from '../modules/mail/serve-mail.ts';
import { createKnownLimits } from '../modules/providers/known-limits.ts';
import { providersModule } from '../modules/providers/module.ts';
import { questionsModule } from '../modules/questions/module.ts';
import { createSearchIndex } from '../modules/search/index-search.ts';
import { searchModule } from '../modules/search/module.ts';
import { createTimerGate } from '../modules/timers/limits.ts';
import { timersModule } from '../modules/timers/module.ts';
import { topicsModule } from '../modules/topics/module.ts';
import type { HarnessSights } from '../modules/turns/harness-status.ts';
import { turnsModule } from '../modules/turns/module.ts';
import type { Turns } from '../modules/turns/serve-turns.ts';

export interface TestParts {
  db: Db;
  writer: Writer;
  mail: Mail;
  turns: Turns;
  sights: HarnessSights;
  startAgent?: (tx: Tx, name: AgentName) => void;
}

/** Every module that needs neither boxes nor a directory of files, on the parts of a test hive. */
export function listTestModules(parts: TestParts, retention: Config['retention']): Module[] {
  const { db, writer, mail, turns, sights, startAgent = () => undefined } = parts;
  const gate = createTimerGate(mail.clock, { maxStanding: 1_000, rate: { burst: 1_000, perMinute: 1_000 } });
  const noFiles = {
    forget: () => undefined,
    sweepStrays: () => Promise.resolve(0),
    collectGarbage: () => Promise.resolve({ removed: 0, more: false }),
  };
  const modules: Module[] = [];
  modules.push(
    hiveModule({ retention }),
    turnsModule({ turns, sights, retention }),
    mailModule({ db, writer, mail, modules, retention }),
    questionsModule({ db, writer, mail }),
    loopsModule({ mail }),
    topicsModule(),
    filesModule({ files: noFiles }),
    searchModule({ search: createSearchIndex({ db, writer }) }),
    timersModule({ db, writer, mail, startAgent, gate, retention }),
    providersModule({ retention, limits: createKnownLimits() }),
  );
  return modules;
}

/** What retention does in a hive with these numbers of days; 0 keeps for ever. */
export function prunerOf(
  parts: TestParts,
  days: Partial<Config['retention']> = {},
  steady: () => number = () => performance.now(),
): Pruner {
  const never = { messages_days: 0, notices_days: 0, transcript_days: 0, events_days: 0 };
  const retention = { ...never, ...days };
  const boxes = boxesModule({
    clock: parts.mail.clock,
    trash: { take: () => Promise.resolve() },
    rebuilds: { hear: () => undefined },
    retention,
  });
  const modules = [...listTestModules(parts, retention), boxes];
  return createPruner({ writer: parts.writer, steady }, retentionOf(modules));
}
