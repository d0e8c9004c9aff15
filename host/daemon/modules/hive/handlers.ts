import type { OpOutput } from '../../../../protocol/op.ts';
import type { DoctorCheck } from '../../../../protocol/schemas/doctor.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { Db } from '../../../../store/open-store.ts';
import { type EventLog, matchKinds } from '../../core/event-log.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { FROM_THE_END, pageOf } from '../../core/page.ts';
import { eventsBefore, lastSeq, wantedEventsAfter } from '../../core/store/events.ts';

export interface HiveHandlerDeps {
  db: Db;
  events: EventLog;
  status: () => Promise<OpOutput<(typeof operatorSurface)['status']>>;
  examine: () => Promise<DoctorCheck[]>;
  onShutdown: (options: { boxes: boolean }) => void;
}

/** The hive as a whole: its state, its event log, its shutdown. */
export function handleHive({ db, events, status, examine, onShutdown }: HiveHandlerDeps) {
  return {
    operator: {
      status: () => status(),
      listEvents({ after, before, agent, kinds, limit }) {
        const keep = matchKinds(kinds);
        const size = pageOf(limit);
        const of = agent ?? null;
        if (after !== undefined) {
          const { events: found, upTo } = wantedEventsAfter(db, { after, agent: of, limit: size, keep });
          return { events: found, lastSeq: lastSeq(db), upTo };
        }
        const page = { before: before ?? FROM_THE_END, agent: of, limit: size, keep };
        const { events: found, downTo } = eventsBefore(db, page);
        return { events: found.reverse(), lastSeq: lastSeq(db), downTo };
      },
      followEvents: ({ after, agent, kinds }, { signal, lastEventId }) =>
        events.follow({ after: lastEventId ?? after ?? null, agent: agent ?? null, keep: matchKinds(kinds) }, signal),
    },
    admin: {
      shutdown({ boxes }) {
        onShutdown({ boxes });
        return { pid: process.pid, stopping: true as const };
      },
      doctor: async () => ({ checks: await examine() }),
    },
  } satisfies ModuleHandlers;
}
