import { HiveError } from '../../../../protocol/errors.ts';
import { DEMO, isSetupToken, kindFacts, type ProviderKind } from '../../../../protocol/providers.ts';
import { FIRST_KEY } from '../../../../protocol/schemas/provider.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { storageError, withRoom } from '../../core/storage-error.ts';
import type { Writer } from '../../core/writer.ts';
import { moveProvider } from '../agents/queries.ts';
import { chooseLabel } from './choose-label.ts';
import { deleteFacts } from './provider-facts.ts';
import { newProviderId, type ProviderKeys } from './provider-keys.ts';
import type { Provider, ProviderList } from './provider-list.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderTests } from './provider-tests.ts';
import { deleteProvider, insertProvider, renameAdded } from './store/providers.ts';

export interface ProviderHandlerDeps {
  writer: Writer;
  events: EventLog;
  clock: () => number;
  providerKeys: ProviderKeys;
  providerList: ProviderList;
  providers: Pick<ProviderState, 'of' | 'view' | 'keysOf' | 'agentsOn' | 'chooseDemo' | 'push' | 'unpark'>;
  providerTests: Pick<ProviderTests, 'run'>;
  /** Frees the disk's reserve for essential writes. */
  makeRoom: () => boolean;
  /** Agents are on another provider: the gateway has to know. */
  onAgentsMoved: () => Promise<void>;
}

/** Handlers of the operator's setup of model providers; usage-handlers.ts has those of the gateway's reports. */
export function handleProviders(deps: ProviderHandlerDeps) {
  const { events, providerKeys, providerList: list, providers } = deps;
  // One at a time: each decides by the keys and names that the one before has left.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  const writeKey = (id: string, key: { label: string; key: string }) =>
    withRoom(deps.makeRoom, () => providerKeys.write(id, key)).catch((error: unknown) => {
      throw storageError(error);
    });

  /** Agents that were parked for a missing login or by the old key's limit may try again. */
  async function spread(changed: { provider: Provider; label: string }): Promise<void> {
    await providers.push(changed);
    await providers.unpark(changed.provider.name);
  }

  function refuseTaken(name: Provider['name']): void {
    if (list.find(name) !== null)
      throw new HiveError('duplicate_provider', `There is a provider "${name}" already. Choose another name.`);
  }

  /** Throws `provider_in_use`, which names the agents that are on it. */
  function refuseUsed({ name }: Provider): void {
    const agents = providers.agentsOn(name);
    if (agents.length > 0)
      throw new HiveError(
        'provider_in_use',
        `These agents are on ${name}: ${agents.join(', ')}. Give them another provider first: hivectl edit ${agents[0] ?? 'NAME'} --provider ${list.all()[0]?.name ?? 'NAME'}`,
      );
    if (name === providers.of({}))
      throw new HiveError('provider_in_use', `${name} is the hive's default: defaults.provider in config.yaml.`);
  }

  async function removeAll(provider: Provider, caller: string) {
    const { id, name, origin } = provider;
    const gone = origin === 'added';
    if (gone) {
      const removeRow = deps.writer.writeVital((tx) => {
        refuseUsed(provider);
        deleteProvider(tx.db, id);
        deleteFacts(tx, id);
        events.append(tx, 'provider.changed', { data: { provider: name, hasKey: false, by: caller, done: 'removed' } });
      });
      await removeRow;
    }
    const keys = await providerKeys.list(id);
    for (const { label } of keys) await providerKeys.remove(id, label);
    // Before anything else: a full disk must not keep a revoked key in use.
    for (const { label } of keys) await spread({ provider, label });
    if (gone && keys.length === 0) await providers.push();
    if (!gone && keys.length > 0)
      await events.record('provider.changed', { data: { provider: name, hasKey: false, by: caller } });
    return { provider: name, removed: keys.length > 0, gone };
  }

  return {
    operator: {
      async listProviders() {
        const rows = list.all().map(({ name, kind, baseUrl, origin }) => {
          const keys = providers.keysOf(name);
          const hasKey = keys.length > 0;
          const setAt = hasKey ? Math.max(...keys.map((key) => key.setAt)) : null;
          return { name, kind, baseUrl, origin, hasKey, setAt, active: hasKey, keys: [...keys] };
        });
        // For specs that name no provider.
        const active = providers.view(providers.of({})).name === DEMO;
        const demo = { name: DEMO, kind: null, baseUrl: null, origin: 'built_in' as const };
        return { providers: [...rows, { ...demo, hasKey: false, setAt: null, active, keys: [] }] };
      },
      addProvider: ({ provider: name, kind, baseUrl = kindFacts(kind).baseUrl ?? undefined, key, setupToken }, call) =>
        inTurn(async () => {
          refuseTaken(name);
          if (baseUrl === undefined)
            throw new HiveError('invalid_input', `A provider of the kind ${kind} needs the base URL of its API: --url`);
          if (setupToken) requireSetupToken(kind, key);
          const id = newProviderId();
          await writeKey(id, { label: FIRST_KEY, key });
          try {
            await deps.writer.write((tx) => {
              insertProvider(tx.db, { id, name, kind, baseUrl, at: deps.clock() });
              const data = { provider: name, hasKey: true, by: call.caller, done: 'added' as const };
              events.append(tx, 'provider.changed', { data });
            });
          } catch (error) {
            await providerKeys.remove(id, FIRST_KEY);
            throw error;
          }
          await providers.push();
          // Agents of a provider that was declared before under this name.
          await providers.unpark(name);
          return { provider: name, kind, baseUrl };
        }),
      setProvider: ({ provider: name, key, label: wanted, add, setupToken }, { caller }) =>
        inTurn(async () => {
          const provider = list.require(name);
          if (setupToken) requireSetupToken(provider.kind, key);
          const stored = await providerKeys.list(provider.id);
          const label = chooseLabel(
            stored.map((one) => one.label),
            { provider: name, label: wanted, add },
          );
          const same = stored.find((one) => one.key === key && one.label !== label);
          if (same !== undefined)
            throw new HiveError('duplicate_key', `${name} has this key already, with the label "${same.label}".`);
          await writeKey(provider.id, { label, key });
          await spread({ provider, label });
          await events.record('provider.changed', { data: { provider: name, hasKey: true, by: caller } });
          return { provider: name, hasKey: true as const, label };
        }),
      renameProvider: ({ provider: name, as }, { caller }) =>
        inTurn(async () => {
          const provider = list.require(name);
          refuseTaken(as);
          if (provider.origin !== 'added')
            throw new HiveError('wrong_state', `Only a provider that was added with "provider add" can be renamed.`);
          if (name === providers.of({}))
            throw new HiveError('wrong_state', `${name} is the hive's default: defaults.provider in config.yaml.`);
          const agents = await deps.writer.writeVital((tx) => {
            renameAdded(tx.db, provider.id, as);
            const moved = moveProvider(tx.db, { from: name, to: as });
            for (const agent of moved)
              events.append(tx, 'agent.changed', { agent, data: { fields: ['provider'], by: caller } });
            const hasKey = providers.keysOf(as).length > 0;
            const data = { provider: as, hasKey, by: caller, done: 'renamed' as const, from: name };
            events.append(tx, 'provider.changed', { data });
            return moved;
          });
          await providers.push();
          await deps.onAgentsMoved();
          return { provider: as, agents };
        }),
      removeProvider: ({ provider: name, label }, { caller }) =>
        inTurn(async () => {
          const provider = list.require(name);
          if (label === undefined) return removeAll(provider, caller);
          if (!(await providerKeys.remove(provider.id, label)))
            // The same sentence as for a key that cannot be replaced.
            chooseLabel(
              providers.keysOf(name).map((one) => one.label),
              { provider: name, label, add: false },
            );
          await spread({ provider, label });
          const hasKey = providers.keysOf(name).length > 0;
          await events.record('provider.changed', { data: { provider: name, hasKey, by: caller } });
          return { provider: name, removed: true, gone: false };
        }),
      testProvider({ provider }) {
        return deps.providerTests.run(list.require(provider).name);
      },
      async useDemo(_input, { caller }) {
        const usual = providers.of({});
        if (providers.view(usual).hasKey)
          throw new HiveError('wrong_state', `A key is set. Forget it first: hivectl provider remove ${usual} --demo`);
        await providers.chooseDemo();
        await providers.push();
        for (const { name } of list.all()) if (!providers.view(name).hasKey) await providers.unpark(name);
        await events.record('provider.changed', { data: { provider: DEMO, hasKey: false, by: caller } });
        return { provider: DEMO };
      },
    },
  } satisfies ModuleHandlers;
}

/** Throws `invalid_input` for a kind that has no such tokens, and for a key that is none. */
function requireSetupToken(kind: ProviderKind, key: string): void {
  const { setupToken, label } = kindFacts(kind);
  if (setupToken === null) throw new HiveError('invalid_input', `${label} has no long-lived tokens of subscriptions.`);
  if (isSetupToken(kind, key)) return;
  throw new HiveError(
    'invalid_input',
    `This is not a token of "${setupToken.command}", which begins with ${setupToken.prefix}. To set a key of the API, leave --setup-token out.`,
  );
}
