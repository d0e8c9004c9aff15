import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { FROM_THE_END, pageOf } from '../../core/page.ts';
import type { Fleet } from '../agents/fleet.ts';
import { requireKnown } from '../agents/known-agent.ts';
import type { Turns } from './serve-turns.ts';
import { turnOfDelivery } from '../mail/queries.ts';
import { searchTranscript } from './search-transcript.ts';
import { startOfTurn } from './store/transcript.ts';
import { listTurns } from './store/turns.ts';

/** The harness's protocol, and the operator's view and interruption of turns. */
export function handleTurns(deps: { db: Db; turns: Turns; fleet: Pick<Fleet, 'views'>; clock: () => number }) {
  const { db, turns, fleet, clock } = deps;
  const quietUntil = (minutes: number) => (minutes === 0 ? null : clock() + Math.round(minutes * 60_000));

  return {
    agent: {
      hello: (input, { caller }) => turns.hello(caller, input),
      wake: (input, { caller, signal }) => turns.wake(caller, input, signal),
      urgent: (input, { caller, signal }) => turns.urgent(caller, input, signal),
      heartbeat: (input, { caller }) => turns.heartbeat(caller, input),
      finish: (input, { caller }) => turns.finish(caller, input),
      spool: (input, { caller }) => turns.spool(caller, input),
      recv: (input, { caller }) => turns.recv(caller, input.limit),
      async quiet({ minutes }, { caller }) {
        const until = quietUntil(minutes);
        await turns.setQuiet(caller, until, caller);
        return { until };
      },
    },
    operator: {
      async interruptAgent({ name, drop }) {
        fleet.views.view(name);
        await turns.interrupt(name, { drop });
        return { agent: fleet.views.view(name) };
      },
      async pauseAgent({ name, reason, now }, { caller }) {
        requireKnown(db, name);
        const hold = { kind: 'paused', by: caller, reason: reason ?? null } as const;
        await turns.hold(name, hold, { now: now === true });
        return { agent: fleet.views.view(name) };
      },
      async resumeAgent({ name }, { caller }) {
        requireKnown(db, name);
        const lifted = await turns.lift(name, ['paused', 'stuck'], caller);
        return { agent: fleet.views.view(name), lifted };
      },
      listTurns({ name, before, limit }) {
        fleet.views.view(name);
        const rows = listTurns(db, { agent: name, before: before ?? FROM_THE_END, limit: pageOf(limit) });
        return {
          turns: rows.map(
            ({ id, generation, startedAt, endedAt, outcome, reason, text, toolCalls, usage, messages }) => ({
              id,
              agent: name,
              generation,
              startedAt,
              endedAt,
              outcome,
              reason,
              text,
              toolCalls,
              usage,
              messages,
            }),
          ),
        };
      },
      async searchTranscript({ name, query, before, limit }) {
        requireKnown(db, name);
        return searchTranscript(db, { agent: name, query, before: before ?? FROM_THE_END, limit: pageOf(limit) });
      },
      findInTranscript({ name, turn, message }) {
        requireKnown(db, name);
        if ((turn === undefined) === (message === undefined))
          throw new HiveError('invalid_input', 'Name a turn or a message, one of them.');
        const found = turn ?? turnOfDelivery(db, message ?? 0, name);
        if (found === null) throw new HiveError('not_found', `No turn of ${name} was given message #${message}.`);
        const seq = startOfTurn(db, name, found);
        if (seq === null)
          throw new HiveError('not_found', `The log does not have turn ${found} of ${name}, or has it no longer.`);
        return { seq, turn: found };
      },
      async setQuiet({ name, minutes }) {
        requireKnown(db, name);
        const until = quietUntil(minutes);
        await turns.setQuiet(name, until, OPERATOR);
        return { until };
      },
    },
  } satisfies ModuleHandlers;
}
