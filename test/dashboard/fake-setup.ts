import { HiveError } from '../../protocol/errors.ts';
import type { ArchiveView } from '../../protocol/operations/operator-setup.ts';
import type { dashboardSurface } from '../../protocol/operations/operator.ts';
import type { OpOutput } from '../../protocol/op.ts';
import type { AgentSpec, AgentView } from '../../protocol/schemas/agent.ts';
import { kindFacts } from '../../protocol/providers.ts';
import { fieldsWith } from '../../protocol/spec-fields.ts';
import type { Handlers } from '../../wire/routes.ts';
import { fakeAgent } from './fake-fleet.ts';
import type { FakeMailParts } from './fake-mail.ts';

type Provider = OpOutput<(typeof dashboardSurface)['listProviders']>['providers'][number];
type SetupName =
  | 'createAgent'
  | 'changeAgent'
  | 'destroyAgent'
  | 'getSpecDefaults'
  | 'listArchives'
  | 'restoreAgent'
  | 'listProviders'
  | 'addProvider'
  | 'renameProvider'
  | 'setProvider'
  | 'removeProvider'
  | 'testProvider'
  | 'useDemo';

/** The part of the fake hive that is about setting it up; tests read and change it. */
export interface FakeSetup {
  archives: ArchiveView[];
  providers: Provider[];
  /** The keys that were set, by provider. */
  keys: Map<string, string>;
}

const NO_KEYS = { origin: 'built_in' as const, hasKey: false, setAt: null, outage: null, agents: [], keys: [] };

export function fakeSetup(): FakeSetup {
  return {
    archives: [],
    keys: new Map(),
    providers: [
      { ...NO_KEYS, name: 'anthropic', kind: 'anthropic', baseUrl: 'https://api.anthropic.com', active: false },
      { ...NO_KEYS, name: 'demo', kind: null, baseUrl: null, active: true },
    ],
  };
}

/** A key, without its value. */
export function fakeKey(label: string, more: Partial<Provider['keys'][number]> = {}): Provider['keys'][number] {
  const facts = {
    fingerprint: 'c02ff49d',
    setAt: Date.now(),
    form: 'key' as const,
    refused: null,
    limitedUntil: null,
    interruptedAt: null,
  };
  return { label, ...facts, ...more };
}

/** The fake hive's operations on agents, archives and providers. */
export function handleSetup(hive: {
  setup: FakeSetup;
  agents: AgentView[];
  emit: FakeMailParts['emit'];
}): Pick<Handlers<typeof dashboardSurface, null>, SetupName> {
  const { setup, agents, emit } = hive;
  const find = (name: string) => {
    const agent = agents.find((one) => one.name === name);
    if (agent === undefined) throw new HiveError('unknown_agent', `There is no agent "${name}".`);
    return agent;
  };
  const refuseTaken = (name: string) => {
    if (agents.some((one) => one.name === name))
      throw new HiveError('duplicate_agent', `There is an agent "${name}" already.`);
  };
  const merge = (spec: AgentSpec, given: object = {}): AgentSpec => {
    const { limits, ...rest } = given as Partial<AgentSpec>;
    return { ...spec, ...rest, limits: { ...spec.limits, ...limits } };
  };
  const requireProvider = (name: string) => {
    const one = setup.providers.find((known) => known.name === name);
    if (one === undefined) throw new HiveError('unknown_provider', `There is no provider "${name}".`);
    return one;
  };
  const defaults = () => ({ ...fakeAgent('x', {}).spec, role: 'agent' });
  const activate = () => {
    const hasKey = setup.keys.size > 0;
    for (const one of setup.providers)
      if (one.name !== 'demo') one.active = one.hasKey;
      else if (hasKey) one.active = false;
    emit(null, 'provider.changed', { provider: 'anthropic', hasKey });
  };
  return {
    getSpecDefaults: () => ({ spec: defaults() }),
    createAgent: ({ name, spec, parent, start }) => {
      refuseTaken(name);
      if (spec?.image === 'missing')
        throw new HiveError('image_missing', 'The image "missing" is not on this machine.');
      const agent = fakeAgent(name, { state: start ? 'starting' : 'stopped', desired: start ? 'running' : 'stopped' });
      Object.assign(agent, { spec: merge(defaults(), spec), parent: parent ?? null });
      agents.push(agent);
      emit(name, 'agent.created', { parent: agent.parent, role: agent.spec.role });
      return { agent };
    },
    changeAgent: ({ name, spec }) => {
      const agent = find(name);
      const changed = Object.entries(spec).flatMap(([field, value]) =>
        field === 'limits' ? Object.keys(value as object).map((limit) => `limits.${limit}`) : [field],
      );
      agent.spec = merge(agent.spec, spec);
      agent.outdated ||= fieldsWith('next_box', changed).length > 0;
      emit(name, 'agent.changed', { fields: changed, by: 'dashboard' });
      return { agent, changed };
    },
    destroyAgent: ({ name, purge }) => {
      const agent = find(name);
      agents.splice(agents.indexOf(agent), 1);
      const archive = purge === undefined ? `${name}-20270131T090000000Z.tar.gz` : null;
      const { role } = agent.spec;
      if (archive !== null)
        setup.archives.push({ archive, name, at: Date.now(), bytes: 52_000, role, parent: agent.parent });
      emit(name, 'agent.destroyed', { archive });
      return { name, archive };
    },
    listArchives: () => ({ archives: setup.archives }),
    restoreAgent: ({ archive, as, parent, start }) => {
      const kept = setup.archives.find((one) => one.archive === archive);
      if (kept === undefined) throw new HiveError('not_found');
      const name = as ?? kept.name;
      refuseTaken(name);
      const agent = fakeAgent(name, { role: kept.role ?? 'agent', state: start ? 'starting' : 'stopped' });
      agent.parent = parent ?? kept.parent;
      agents.push(agent);
      emit(name, 'agent.created', { parent: agent.parent, role: agent.spec.role });
      return { agent };
    },
    listProviders: () => ({ providers: setup.providers }),
    addProvider: ({ provider, kind, baseUrl, key = '', setupToken }) => {
      if (setup.providers.some(({ name }) => name === provider))
        throw new HiveError('duplicate_provider', `There is a provider "${provider}" already. Choose another name.`);
      const url = baseUrl ?? kindFacts(kind).baseUrl ?? '';
      const keys = [fakeKey('main', { form: setupToken ? 'setup_token' : 'key' })];
      const added = { name: provider, kind, baseUrl: url, origin: 'added' as const, hasKey: true, setAt: Date.now() };
      setup.providers.splice(-1, 0, { ...NO_KEYS, ...added, active: true, keys });
      setup.keys.set(provider, key);
      activate();
      return { provider, kind, baseUrl: url };
    },
    renameProvider: ({ provider, as }) => {
      const one = requireProvider(provider);
      if (setup.providers.some(({ name }) => name === as))
        throw new HiveError('duplicate_provider', `There is a provider "${as}" already. Choose another name.`);
      one.name = as;
      emit(null, 'provider.changed', { provider: as, hasKey: true });
      return { provider: as, agents: [] };
    },
    setProvider: ({ provider, key = '', label, add, setupToken }) => {
      const one = requireProvider(provider);
      const used = label ?? (add ? `key-${one.keys.length + 1}` : 'main');
      if (add && one.keys.some((known) => known.label === used))
        throw new HiveError('duplicate_key', `${provider} has a key with the label "${used}" already.`);
      setup.keys.set(used === 'main' ? provider : `${provider} ${used}`, key);
      const fresh = fakeKey(used, { form: setupToken ? 'setup_token' : 'key' });
      one.keys = add ? [...one.keys, fresh] : [...one.keys.filter((known) => known.label !== used), fresh];
      Object.assign(one, { hasKey: true, setAt: Date.now() });
      activate();
      return { provider, hasKey: true as const, label: used };
    },
    removeProvider: ({ provider, label }) => {
      const one = requireProvider(provider);
      const removed = one.hasKey;
      for (const name of setup.keys.keys()) if (name.split(' ')[0] === provider) setup.keys.delete(name);
      const gone = label === undefined && one.origin === 'added';
      if (gone) setup.providers.splice(setup.providers.indexOf(one), 1);
      one.keys = label === undefined ? [] : one.keys.filter((known) => known.label !== label);
      Object.assign(one, { hasKey: one.keys.length > 0, setAt: null });
      activate();
      return { provider, removed, gone };
    },
    testProvider: ({ provider }) => ({
      ok: false,
      about: 'key' as const,
      found: `https://api.${provider}.invalid refuses the key (401).`,
      advice: 'Set another one.',
    }),
    useDemo: () => {
      const demo = setup.providers.find(({ name }) => name === 'demo');
      if (demo !== undefined) demo.active = true;
      emit(null, 'provider.changed', { provider: 'demo', hasKey: false });
      return { provider: 'demo' as const };
    },
  };
}
