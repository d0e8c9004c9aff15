import { HiveError } from '../../../../protocol/errors.ts';
import type { ForgeControl, GatewayControl } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { EgressCaller } from '../../../../protocol/egress.ts';
import { HIVE } from '../../../../protocol/hive-caller.ts';
import type { AgentRow } from '../agents/queries.ts';
import { agentOf, callerOf, isGroup, listCallers, requireCaller } from './callers.ts';
import {
  composeGitConfig,
  composeValue,
  describeInjected,
  holdingInjections,
  resolveInjection,
} from './policy/injections.ts';
import { deleteInjection, listInjections, putInjection } from './store/injections.ts';

type InjectionsLine = Extract<GatewayControl, { type: 'injections' }>;
/** The value of a secret; undefined when there is none of that name. */
export type ValueOf = (secret: string) => string | undefined;

export interface InjectionHandlerDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  valueOf: ValueOf;
  /** Sends everything about hosts outside to the gateway. */
  onRulesChanged: () => void;
  /** Writes the files of every agent that follow from its injections. */
  writeFiles: () => Promise<void>;
}

/** The gateway's control line with the secrets that it adds to requests of each agent. */
export function composeInjectionsLine(db: Db, valueOf: ValueOf): InjectionsLine {
  const all = listInjections(db);
  const callers = all.length === 0 ? [] : listCallers(db);
  return {
    type: 'injections',
    agents: callers.flatMap((caller) => {
      const own = holdingInjections(caller, all);
      return own.length === 0
        ? []
        : [{ name: caller.name, injections: own.map((one) => resolveInjection(one, valueOf(one.secret))) }];
    }),
  };
}

/** The forge's control line with the hosts for which the hive itself has a secret. */
export function composeInjectedLine(db: Db): Extract<ForgeControl, { type: 'injected' }> {
  const hosts = holdingInjections({ name: HIVE, role: null }, listInjections(db)).map(describeInjected);
  return { type: 'injected', hosts };
}

/** The configuration of git that an agent's injections need; null when they need none. */
export function gitConfigOf(db: Db, agent: Pick<AgentRow, 'name' | 'spec'>): string | null {
  return composeGitConfig(holdingInjections(callerOf(agent), listInjections(db)));
}

/** Secrets that the gateway adds to requests for a host, so that the box never has them. */
export function handleInjections(deps: InjectionHandlerDeps) {
  const { db, writer, events, clock, valueOf } = deps;

  async function change<T>(job: (tx: Tx) => T): Promise<T> {
    const done = await writer.write(job);
    deps.onRulesChanged();
    await deps.writeFiles();
    return done;
  }

  return {
    operator: {
      async injectSecret({ user, ...given }, { caller }) {
        const { subject, host, port, secret, scheme } = given;
        // A dashboard that somebody has taken over must not send a secret to a host of theirs.
        const isKnown = listInjections(db).some(
          (one) => one.secret === secret && one.host === host && one.port === port,
        );
        if (caller === 'dashboard' && !isKnown)
          throw new HiveError(
            'forbidden',
            `${secret} is added for ${host} to nobody yet. A secret’s first host is declared on the hive’s machine.`,
            {
              details: { command: `hivectl egress inject ${subject} ${host} --secret ${secret}` },
            },
          );
        const value = valueOf(secret);
        if (value === undefined)
          throw new HiveError('not_found', `There is no secret "${secret}".`, {
            details: { command: 'hivectl secret ls' },
          });
        if (user !== undefined && scheme !== 'basic')
          throw new HiveError('invalid_input', 'Only "Basic" has a user name: leave it out, or choose "Basic".');
        if (composeValue(value, { scheme, user: null }) === null)
          throw new HiveError(
            'invalid_input',
            `The value of "${secret}" cannot stand in a header: it has line breaks or characters beyond ASCII.`,
          );
        const injection = await change((tx) => {
          if (!isGroup(subject)) requireCaller(tx.db, subject as EgressCaller);
          const data = { subject, host, secret, change: 'added' as const, by: caller };
          events.append(tx, 'egress.secret_changed', { agent: agentOf(subject), data });
          return putInjection(tx.db, { ...given, user: user ?? null, at: clock() });
        });
        return { injection };
      },
      async withdrawSecret({ id }, { caller }) {
        const injection = await change((tx) => {
          const row = deleteInjection(tx.db, id);
          if (row === null)
            throw new HiveError('not_found', `No secret is added by ${id}.`, {
              details: { command: 'hivectl egress ls' },
            });
          const { subject, host, secret } = row;
          const data = { subject, host, secret, change: 'withdrawn' as const, by: caller };
          events.append(tx, 'egress.secret_changed', { agent: agentOf(subject), data });
          return row;
        });
        return { injection };
      },
    },
  } satisfies ModuleHandlers;
}
