import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import {
  type AnswererName,
  type CredentialForm,
  DEMO,
  isSetupToken,
  type ProviderName,
} from '../../../../protocol/providers.ts';
import { providerName } from '../../../../protocol/schemas/provider.ts';
import type { AgentSpec, UsageTotals } from '../../../../protocol/schemas/agent.ts';
import type { LoginState } from '../../../../protocol/schemas/login.ts';
import type { GatewayControl, KeyReport, LimitReport, UsageRecord } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { MailContext } from '../mail/mail-context.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { EventLog } from '../../core/event-log.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { ModelMap } from '../../config/model-map.ts';
import { declaredProviders, findAgent, listAgents } from '../agents/queries.ts';
import { createAccountLimits } from './account-limits.ts';
import { createOutageNotices } from './outage-notices.ts';
import {
  type KeyRefusal,
  mayBeDemo,
  outageOf,
  refusalsOf,
  storeDemo,
  storeOutage,
  storeRefusal,
} from './provider-facts.ts';
import { fingerprintOf, type ProviderKeys, type StoredKey, type StoredLogin } from './provider-keys.ts';
import type { Provider, ProviderList } from './provider-list.ts';
import { type RefusedKey, sayInterrupted, sayRefused } from './say-refused-key.ts';
import { type ResolvedModel, resolveModel } from './resolve-models.ts';

export type ProvidersLine = Extract<GatewayControl, { type: 'providers' }>;

/** The parts of a spec that say who answers. */
type ModelSpec = Pick<AgentSpec, 'model' | 'provider'>;

/** A key without its value. */
export interface KeyFacts {
  readonly label: string;
  readonly fingerprint: string;
  readonly setAt: number;
  readonly form: CredentialForm;
  /** The status with which the provider refuses it; null while it does not. */
  readonly refused: number | null;
  /** When the newest limit that holds it ends; null while none does. */
  readonly limitedUntil: number | null;
  /** Of a login: when a renewal began of which nobody knows how it ended; null: there was none. */
  readonly interruptedAt: number | null;
}

/** A provider as the operator sees it. */
export interface ProviderView {
  /** Who answers its agents: the provider, the demo model, or nobody. */
  readonly name: AnswererName | 'none';
  readonly hasKey: boolean;
  /** Set while it refuses every key. */
  readonly refused: KeyRefusal | null;
}

/**
 * Who answers the agents of each provider:
 *
 *   demo ── a key is set ──► provider ── the key is removed ──► none ── the operator chooses it ──► demo
 *                               ▲───────── a key is set ──────────┘
 *
 * A provider that ever had a key never falls back to the scripted model by itself: the script would answer waiting
 * mail, and the mail would count as done.
 */
export interface ProviderState {
  /** The provider of an agent with this spec: the spec's, or the hive's default. */
  of(spec: Partial<ModelSpec>): ProviderName;
  /** The model of an agent with this spec: its name for the CLI, and who answers it. */
  modelOf(spec: ModelSpec): ResolvedModel;
  /** Who answers an agent's calls: of several providers the first one with a key. */
  answers(spec: Partial<ModelSpec>): ProviderView['name'];
  /** Corrects a CLI's own count of an agent's turn: the CLI reports a price even for the scripted model. */
  correctUsage(agent: AgentName, usage: UsageTotals): UsageTotals;
  view(provider: ProviderName): ProviderView;
  /** Its keys, in the order in which they were set. */
  keysOf(provider: ProviderName): readonly KeyFacts[];
  /** Providers with a key, an agent or a place in `models` of config.yaml; the default one always. */
  inUse(): ProviderName[];
  /** The agents that are on each provider. */
  agentsByProvider(): ReadonlyMap<ProviderName, AgentName[]>;
  /** The agents that are on it. */
  agentsOn(provider: ProviderName): AgentName[];
  /**
   * Reads all keys, and tells the gateway every provider's setup. Facts about a key that changed are dropped, and an
   * outage of its provider. One at a time: the gateway hears of the newest setup last.
   */
  push(changed?: { provider: Provider; label: string }): Promise<void>;
  /**
   * Tells the gateway of a provider's new name; it answers to the former one as well until `move` has told the gateway of
   * its agents, so that their calls find it in between.
   */
  pushRenamed(renamed: { id: string; from: ProviderName }, move: () => Promise<void>): Promise<void>;
  /** Lets the demo model stand in for every provider without a key. */
  chooseDemo(): Promise<void>;
  /** Lets a provider's parked agents retry. */
  unpark(provider: ProviderName): Promise<void>;
  /**
   * Handles the gateway's report about a key. Notifies the operator once; when the key is accepted again, its agents
   * are unparked.
   */
  hear(report: KeyReport): Promise<void>;
  /** Tells the operator that nobody knows whether a login was renewed: it may end with its access token. */
  tellInterrupted(provider: Provider, of: { label: string; login: StoredLogin }): Promise<void>;
  /**
   * Handles a limit that an agent's call met. The operator is notified of one that holds for five minutes or more: once,
   * however many agents meet it.
   */
  hearLimit(report: Pick<LimitReport, 'provider' | 'modelClass' | 'kind' | 'until' | 'fallback'>): Promise<void>;
  /** Handles a limit of one key, which is shown until it ends. */
  hearKeyLimit(report: Pick<LimitReport, 'provider' | 'key' | 'until'>): void;
  /**
   * Handles a call that the gateway reports, in the transaction that stores it. Notifies the operator once of an
   * outage, and once of its end.
   */
  hearCall(tx: Tx, call: Pick<UsageRecord, 'provider' | 'status' | 'endedAt'>): void;
}

/** The state's ways to notify the operator and to unpark agents. */
interface Used {
  mail: Pick<MailContext, 'post'>;
  turns: Pick<Turns, 'unpark'>;
}

export async function createProviderState(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  keys: Pick<ProviderKeys, 'list'>;
  list: ProviderList;
  /** For agents whose spec names none. */
  defaultProvider: ProviderName;
  /** `models` of config.yaml. */
  models: ModelMap;
  /** Tells the gateway. */
  send: (line: ProvidersLine) => void;
}): Promise<ProviderState & { use(given: Used): void }> {
  const { db, writer, events, clock, keys, list } = deps;
  /** The keys of each provider, by its id. */
  const known = new Map<string, readonly Omit<KeyFacts, 'refused' | 'limitedUntil'>[]>();
  let used: Used | null = null;
  let pushed: Promise<void> = Promise.resolve();
  /** A provider's former name, while agents may still be on it. */
  let former: { readonly id: string; readonly from: ProviderName } | null = null;

  const keysOf = (provider: Provider) => known.get(provider.id) ?? [];
  const modelOf: ProviderState['modelOf'] = (spec) =>
    resolveModel(spec, { map: deps.models, defaultProvider: deps.defaultProvider });
  const of: ProviderState['of'] = (spec) => modelOf({ model: '', ...spec }).provider;
  /** Everyone who may answer an agent. */
  const providersOf = (spec: Partial<ModelSpec>) => {
    const { provider, entries } = modelOf({ model: '', ...spec });
    return entries.length === 0 ? [provider] : entries.map((entry) => entry.provider);
  };
  const hasKey = (name: ProviderName) => {
    const provider = list.find(name);
    return provider !== null && keysOf(provider).length > 0;
  };
  const answers: ProviderState['answers'] = (spec) => answererOf(providersOf(spec).find(hasKey) ?? of(spec));
  const answererOf = (name: ProviderName) => {
    const provider = list.find(name);
    if (provider === null) return 'none';
    return keysOf(provider).length > 0 ? name : mayBeDemo(db, provider.id) ? DEMO : 'none';
  };

  function refusedOf(provider: Provider): KeyRefusal | null {
    const refused = refusalsOf(db, provider.id);
    const each = keysOf(provider).map(({ label }) => refused[label] ?? null);
    return each.includes(null) ? null : (each[0] ?? null);
  }

  async function readKeys(): Promise<{ provider: Provider; stored: StoredKey[] }[]> {
    const rows = await Promise.all(
      list.all().map(async (provider) => ({ provider, stored: await keys.list(provider.id) })),
    );
    known.clear();
    for (const { provider, stored } of rows)
      known.set(
        provider.id,
        stored.map((key) => describeKey(provider, key)),
      );
    return rows;
  }

  async function tellGateway(changed?: { provider: Provider; label: string }): Promise<void> {
    const rows = await readKeys();
    if (changed !== undefined) limits.forgetKey(`${changed.provider.id} ${changed.label}`);
    limits.keepKeys(new Set([...known].flatMap(([id, stored]) => stored.map(({ label }) => `${id} ${label}`))));
    const keyed = rows.filter(({ stored }) => stored.length > 0).map(({ provider }) => provider);
    const fresh = keyed.filter(({ id }) => mayBeDemo(db, id));
    const old = changed !== undefined && hasFacts(changed);
    if (fresh.length > 0 || old)
      await writer.write((tx) => {
        for (const { id } of fresh) storeDemo(tx, id, false);
        if (!old) return;
        storeRefusal(tx, changed.provider.id, { label: changed.label, refused: null });
        storeOutage(tx, changed.provider.id, null);
      });
    deps.send({
      type: 'providers',
      providers: rows.flatMap(({ provider: { id, name, kind, baseUrl, logins }, stored }) => {
        const keys = stored.map(({ label, key, setAt, login }) => ({ label, key, setAt, ...toldLogin(login) }));
        const setup = { name, kind, baseUrl, keys, ...(logins === null ? {} : { logins }), demo: mayBeDemo(db, id) };
        return former?.id === id ? [setup, { ...setup, name: former.from }] : [setup];
      }),
    });
  }

  function push(changed?: { provider: Provider; label: string }): Promise<void> {
    const next = pushed.then(() => tellGateway(changed));
    pushed = next.catch(() => undefined);
    return next;
  }

  const hasFacts = ({ provider, label }: { provider: Provider; label: string }) =>
    refusalsOf(db, provider.id)[label] !== undefined || outageOf(db, provider.id) !== null;

  /** A full mailbox must not keep the fact itself from being stored. */
  function tellOperator(tx: Tx, body: string): void {
    attempt(tx, (inner) => used?.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
  }

  const limits = createAccountLimits({ writer, events, clock, tellOperator });
  const hearOutage = createOutageNotices({ events, tellOperator });
  const findAnswerer = (answerer: AnswererName) => {
    const name = providerName.safeParse(answerer).data;
    return name === undefined ? null : list.find(name);
  };

  function agentsByProvider(): Map<ProviderName, AgentName[]> {
    const found = new Map<ProviderName, AgentName[]>();
    for (const { name, spec } of listAgents(db))
      for (const provider of new Set(providersOf(spec))) found.set(provider, [...(found.get(provider) ?? []), name]);
    return found;
  }
  const agentsOn = (provider: ProviderName) => agentsByProvider().get(provider) ?? [];

  async function unpark(provider: ProviderName): Promise<void> {
    for (const name of agentsOn(provider)) await used?.turns.unpark(name);
  }

  /** What the operator is told about a key that was refused just now. */
  function describeRefusal(provider: Provider, label: string): RefusedKey {
    const stored = keysOf(provider);
    return {
      label,
      count: stored.length,
      isLast: refusedOf(provider) !== null,
      interruptedAt: stored.find((key) => key.label === label)?.interruptedAt ?? null,
    };
  }

  await readKeys();
  return {
    use: (given) => {
      used = given;
    },
    of,
    modelOf,
    answers,
    correctUsage(agent, usage) {
      const row = findAgent(db, agent);
      return row !== null && answers(row.spec) === DEMO ? { ...usage, costUsd: 0 } : usage;
    },
    view(name) {
      const provider = list.find(name);
      const hasKey = provider !== null && keysOf(provider).length > 0;
      return { name: answererOf(name), hasKey, refused: hasKey ? refusedOf(provider) : null };
    },
    keysOf(name) {
      const provider = list.find(name);
      if (provider === null) return [];
      const refused = refusalsOf(db, provider.id);
      return keysOf(provider).map((key) => ({
        ...key,
        refused: refused[key.label]?.status ?? null,
        limitedUntil: limits.endOf(`${provider.id} ${key.label}`),
      }));
    },
    inUse() {
      const listed = [...deps.models.values()].flat().map(({ provider }) => provider);
      const declared = new Set<string | null>([...declaredProviders(db), ...listed]);
      const isUsed = ({ name, id }: Provider) =>
        declared.has(name) || (known.get(id)?.length ?? 0) > 0 || name === deps.defaultProvider;
      const used = list.all().flatMap((provider) => (isUsed(provider) ? [provider.name] : []));
      // Of agents whose provider config.yaml no longer declares.
      const undeclared = [...declared].flatMap((name) => providerName.safeParse(name).data ?? []);
      return [...new Set([...used, ...undeclared])];
    },
    agentsByProvider,
    agentsOn,
    push,
    async pushRenamed(renamed, move) {
      former = renamed;
      try {
        await push();
        await move();
      } finally {
        former = null;
        await push();
      }
    },
    chooseDemo: () =>
      writer.write((tx) => {
        for (const provider of list.all()) if (keysOf(provider).length === 0) storeDemo(tx, provider.id, true);
      }),
    unpark,
    async hear({ provider: name, key: label, state, status, ended }) {
      const provider = list.find(name);
      // A late report may be about a key that is gone.
      if (provider === null || !keysOf(provider).some((key) => key.label === label)) return;
      const isRefused = refusalsOf(db, provider.id)[label] !== undefined;
      const named = keysOf(provider).length === 1 ? {} : { key: label };
      if (isRefused === (state === 'refused')) return;
      if (state === 'refused') {
        await writer.write((tx) => {
          storeRefusal(tx, provider.id, { label, refused: { status, since: clock() } });
          events.append(tx, 'provider.refused', { data: { provider: name, status, ...named } });
          tellOperator(tx, sayRefused(provider, { ...describeRefusal(provider, label), status, ended }));
        });
        return;
      }
      await writer.write((tx) => {
        storeRefusal(tx, provider.id, { label, refused: null });
        events.append(tx, 'provider.accepted', { data: { provider: name, ...named } });
      });
      await unpark(name);
    },
    tellInterrupted: (provider, of) => writer.write((tx) => tellOperator(tx, sayInterrupted(provider, of))),
    hearLimit: limits.hear,
    hearKeyLimit({ provider: answerer, key, until }) {
      const provider = findAnswerer(answerer);
      if (provider !== null && key !== null) limits.hearKey(`${provider.id} ${key}`, until);
    },
    hearCall(tx, { provider: answerer, ...call }) {
      const provider = findAnswerer(answerer);
      if (provider !== null) hearOutage(tx, provider, call);
    },
  };
}

function describeKey(
  { kind }: Provider,
  { label, key, setAt, login }: StoredKey,
): Omit<KeyFacts, 'refused' | 'limitedUntil'> {
  const form = login !== null ? 'login' : isSetupToken(kind, key) ? 'setup_token' : 'key';
  // A login's tokens change; that of its import does not.
  const fingerprint = login === null ? fingerprintOf(key) : login.importedAs.slice(0, 8);
  return { label, fingerprint, setAt: Math.round(setAt), form, interruptedAt: login?.interruptedAt ?? null };
}

/** A login as the gateway gets it. */
function toldLogin(stored: StoredLogin | null): { login?: LoginState } {
  if (stored === null) return {};
  const { importedAt: _, importedAs: __, interruptedAt: ___, ...login } = stored;
  return { login };
}
