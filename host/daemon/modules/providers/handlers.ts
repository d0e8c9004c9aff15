import { isDeepStrictEqual } from 'node:util';
import { HiveError } from '../../../../protocol/errors.ts';
import { DEMO } from '../../../../protocol/providers.ts';
import type { Db } from '../../../../store/open-store.ts';
import { listAgents } from '../agents/queries.ts';
import type { LoginReport } from '../../../../protocol/schemas/login.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import type { ServiceStatus } from '../../services/supervise-service.ts';
import type { Money } from '../money/serve-money.ts';
import { createKeyChanges } from './change-keys.ts';
import { createProviderChanges, type ProviderChangeDeps } from './change-providers.ts';
import { describeModels } from './describe-models.ts';
import type { EntryStates } from './entry-states.ts';
import type { GatewayMoments } from './gateway-moments.ts';
import { toldOutage } from './provider-facts.ts';
import { createLoginRenewals } from './renew-logins.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderTests } from './provider-tests.ts';

export interface ProviderHandlerDeps extends ProviderChangeDeps {
  providers: ProviderChangeDeps['providers'] & Pick<ProviderState, 'view' | 'chooseDemo' | 'agentsByProvider'>;
  providerTests: Pick<ProviderTests, 'run'>;
  entryStates: Pick<EntryStates, 'ask'>;
  gatewayMoments: Pick<GatewayMoments, 'ask'>;
  gatewayStatus: () => ServiceStatus;
  money: Pick<Money, 'lately'>;
  db: Db;
}

/**
 * Handlers of what changes the stored keys: the operator's setup of model providers, and the gateway's renewals of
 * logins. usage-handlers.ts has those of the gateway's other reports.
 */
export function handleProviders(deps: ProviderHandlerDeps) {
  const { events, providerList: list, providers } = deps;
  const keys = createKeyChanges(deps);
  const changes = createProviderChanges(deps, keys);
  const renewals = createLoginRenewals(deps, keys);
  // Changes are made one at a time: each decides by the keys and names that the one before has left.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  return {
    operator: {
      async listProviders() {
        const agents = providers.agentsByProvider();
        const rows = list.all().map(({ id, name, kind, baseUrl, origin }) => {
          const known = providers.keysOf(name);
          const hasKey = known.length > 0;
          const setAt = hasKey ? Math.max(...known.map((key) => key.setAt)) : null;
          const outage = toldOutage(deps.db, id);
          const own = agents.get(name) ?? [];
          return { name, kind, baseUrl, origin, hasKey, setAt, active: hasKey, outage, agents: own, keys: [...known] };
        });
        // For specs that name no provider.
        const active = providers.view(providers.of({})).name === DEMO;
        const demo = { name: DEMO, kind: null, baseUrl: null, origin: 'built_in' as const };
        const noKey = { hasKey: false, setAt: null, outage: null, agents: [], keys: [] };
        return { providers: [...rows, { ...demo, ...noKey, active }] };
      },
      async describeGateway() {
        const now = await deps.gatewayMoments.ask();
        return { service: deps.gatewayStatus(), now, lately: deps.money.lately() };
      },
      async listModels() {
        const entries = [...deps.models.values()].flat();
        const states = await deps.entryStates.ask(entries);
        const agents = listAgents(deps.db);
        const models = describeModels(deps.models, {
          stateOf: (wanted) => states?.[entries.findIndex((entry) => isDeepStrictEqual(entry, wanted))] ?? null,
          agentsWith: (model) => agents.filter(({ spec }) => spec.model === model).map(({ name }) => name),
        });
        return { models };
      },
      addProvider: ({ provider, ...given }, { caller }) =>
        inTurn(async () => {
          const { kind } = given;
          const added = await changes.add(provider, { baseUrl: undefined, ...given, by: caller });
          return { provider, kind, ...added };
        }),
      setProvider: ({ provider, ...given }, { caller }) =>
        inTurn(async () => {
          const stored = await keys.set(provider, { label: undefined, ...given, by: caller });
          return { provider, hasKey: true as const, ...stored };
        }),
      renameProvider: ({ provider, as }, { caller }) =>
        inTurn(async () => ({ provider: as, agents: await changes.rename(provider, { as, by: caller }) })),
      removeProvider: ({ provider: name, label }, { caller }) =>
        inTurn(async () => {
          const provider = list.require(name);
          if (label === undefined) return { provider: name, ...(await changes.remove(provider, caller)) };
          await keys.removeOne(provider, { label, by: caller });
          return { provider: name, removed: true, gone: false };
        }),
      testProvider: ({ provider }) => deps.providerTests.run(list.require(provider).name),
      async useDemo(_input, { caller }) {
        const usual = providers.of({});
        if (providers.view(usual).hasKey)
          throw new HiveError('wrong_state', 'A key is set. Forget it first.', {
            details: { command: `hivectl provider remove ${usual} --demo` },
          });
        await providers.chooseDemo();
        await providers.push();
        for (const { name } of list.all()) if (!providers.view(name).hasKey) await providers.unpark(name);
        await events.record('provider.changed', { data: { provider: DEMO, hasKey: false, by: caller } });
        return { provider: DEMO };
      },
    },
    gateway: {
      /** Not inside another change: the operator may be importing another login in place of this one. */
      reportLogin: async ({ report }: { report: LoginReport }) => {
        await inTurn(() => renewals.hear(report));
        return {};
      },
    },
  } satisfies ModuleHandlers;
}
