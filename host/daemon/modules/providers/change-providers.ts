import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { kindFacts, type ProviderKind, type ProviderName } from '../../../../protocol/providers.ts';
import { FIRST_KEY } from '../../../../protocol/schemas/provider.ts';
import type { ModelMap } from '../../config/model-map.ts';
import type { Writer } from '../../core/writer.ts';
import { moveProvider } from '../agents/queries.ts';
import type { createKeyChanges, KeyChangeDeps } from './change-keys.ts';
import { deleteFacts } from './provider-facts.ts';
import { newProviderId } from './provider-keys.ts';
import type { Provider } from './provider-list.ts';
import type { ProviderState } from './provider-state.ts';
import type { GivenCredential } from './read-credential.ts';
import { deleteProvider, insertProvider, renameAdded } from './store/providers.ts';

export interface ProviderChangeDeps extends KeyChangeDeps {
  writer: Writer;
  providers: KeyChangeDeps['providers'] & Pick<ProviderState, 'of' | 'agentsOn' | 'pushRenamed'>;
  /** `models` of config.yaml. */
  models: ModelMap;
  /** Agents are on another provider: the gateway has to know. */
  onAgentsMoved: () => Promise<void>;
}

/** Adds, renames and removes providers. To be called one at a time, like `keys`. */
export function createProviderChanges(deps: ProviderChangeDeps, keys: ReturnType<typeof createKeyChanges>) {
  const { writer, events, providerList: list, providers } = deps;

  function refuseTaken(name: ProviderName): void {
    if (list.find(name) !== null)
      throw new HiveError('duplicate_provider', `There is a provider "${name}" already. Choose another name.`);
  }

  /** The name in `models` with an entry at this provider. */
  function modelAt(name: ProviderName): string | null {
    return [...deps.models].find(([, entries]) => entries.some(({ provider }) => provider === name))?.[0] ?? null;
  }

  /** Throws `provider_in_use`, which names the agents that are on it. */
  function refuseUsed({ name }: Provider): void {
    const model = modelAt(name);
    if (model !== null)
      throw new HiveError('provider_in_use', `${name} is in config.yaml: models.${model}. Take it out there first.`);
    const agents = providers.agentsOn(name);
    if (agents.length > 0)
      throw new HiveError(
        'provider_in_use',
        `These agents are on ${name}: ${agents.join(', ')}. Give them another provider first.`,
        { details: { command: `hivectl edit ${agents[0] ?? 'NAME'} --provider ${list.all()[0]?.name ?? 'NAME'}` } },
      );
    if (name === providers.of({}))
      throw new HiveError('provider_in_use', `${name} is the hive's default: defaults.provider in config.yaml.`);
  }

  return {
    async add(
      name: ProviderName,
      given: GivenCredential & { kind: ProviderKind; baseUrl: string | undefined; by: string },
    ): Promise<{ baseUrl: string }> {
      const { kind, by } = given;
      refuseTaken(name);
      const baseUrl = given.baseUrl ?? kindFacts(kind).baseUrl;
      if (baseUrl === null)
        throw new HiveError('invalid_input', `A provider of the kind ${kind} needs the base URL of its API (--url).`);
      if (given.login !== undefined && given.baseUrl !== undefined)
        throw new HiveError('invalid_input', "A login is used at its maker's own address: leave --url out.");
      const credential = await keys.read(kind, given);
      const id = newProviderId();
      // Before the row, which names it: a key without a row is deleted at the next start.
      await keys.writeKey(id, { label: FIRST_KEY, ...credential });
      try {
        await writer.write((tx) => {
          insertProvider(tx.db, { id, name, kind, baseUrl, at: deps.clock() });
          events.append(tx, 'provider.changed', { data: { provider: name, hasKey: true, by, done: 'added' } });
        });
      } catch (error) {
        await deps.providerKeys.remove(id, FIRST_KEY);
        throw error;
      }
      await providers.push();
      // Agents of a provider that was declared before under this name.
      await providers.unpark(name);
      return { baseUrl };
    },
    /** Returns the agents that it takes along. */
    async rename(name: ProviderName, { as, by }: { as: ProviderName; by: string }): Promise<AgentName[]> {
      const provider = list.require(name);
      refuseTaken(as);
      if (provider.origin !== 'added')
        throw new HiveError('wrong_state', 'Only a provider that was added with "provider add" can be renamed.');
      if (name === providers.of({}))
        throw new HiveError('wrong_state', `${name} is the hive's default: defaults.provider in config.yaml.`);
      const model = modelAt(name);
      if (model !== null) throw new HiveError('wrong_state', `${name} is in config.yaml: models.${model}.`);
      const hasKey = providers.keysOf(name).length > 0;
      const agents = await writer.writeVital((tx) => {
        renameAdded(tx.db, provider.id, as);
        const moved = moveProvider(tx.db, { from: name, to: as });
        for (const agent of moved) events.append(tx, 'agent.changed', { agent, data: { fields: ['provider'], by } });
        const data = { provider: as, hasKey, by, done: 'renamed' as const, from: name };
        events.append(tx, 'provider.changed', { data });
        return moved;
      });
      await providers.pushRenamed({ id: provider.id, from: name }, deps.onAgentsMoved);
      return agents;
    },
    /** An added provider goes with its keys; of the others the keys go. Throws `provider_in_use`. */
    async remove(provider: Provider, by: string): Promise<{ removed: boolean; gone: boolean }> {
      const { id, name, origin } = provider;
      if (origin !== 'added') {
        const removed = await keys.removeAll(provider);
        if (removed) await events.record('provider.changed', { data: { provider: name, hasKey: false, by } });
        return { removed, gone: false };
      }
      await writer.writeVital((tx) => {
        refuseUsed(provider);
        deleteProvider(tx.db, id);
        deleteFacts(tx, id);
        events.append(tx, 'provider.changed', { data: { provider: name, hasKey: false, by, done: 'removed' } });
      });
      const removed = await keys.removeAll(provider);
      if (!removed) await providers.push();
      return { removed, gone: true };
    },
  };
}
