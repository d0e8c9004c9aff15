import * as z from 'zod';
import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { type AnswererName, DEMO, PROVIDER_NAMES, type ProviderName } from '../../../../protocol/providers.ts';
import { providerName } from '../../../../protocol/schemas/provider.ts';
import type { AgentSpec, UsageTotals } from '../../../../protocol/schemas/agent.ts';
import type { GatewayControl, KeyReport, LimitReport, UsageRecord } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { MailContext } from '../mail/mail-context.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { EventLog } from '../../core/event-log.ts';
import { attempt } from '../../core/store/attempt.ts';
import { getMeta, setMeta } from '../../core/store/meta.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { declaredProviders, findAgent, listAgents } from '../agents/queries.ts';
import { decideOutage, outage, sayFailure } from './outage.ts';
import type { ProviderKeys } from './provider-keys.ts';

/**
 * The stored facts of a provider: `demo`: whether the demo model may stand in ("no" once it had a key); `refused`:
 * since when it refuses the key, as JSON; `away`: the known outage, as JSON. Empty or absent means none.
 */
type Fact = 'demo' | 'refused' | 'away';
const metaKey = (provider: ProviderName, fact: Fact) => `provider.${provider}.${fact}`;

/** A shorter limit is waited out without a word. */
const LONG_LIMIT_MS = 5 * 60_000;

const refusal = z.object({ status: z.int(), since: z.int() });

/** A provider as the operator sees it. */
export interface ProviderView {
  /** Who answers its agents: the provider, the demo model, or nobody. */
  readonly name: AnswererName | 'none';
  readonly hasKey: boolean;
  readonly refused: z.infer<typeof refusal> | null;
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
  of(spec: Pick<AgentSpec, 'provider'>): ProviderName;
  /** Who answers an agent's calls now. */
  answers(spec: Pick<AgentSpec, 'provider'>): ProviderView['name'];
  /** Corrects a CLI's own count of an agent's turn: the CLI reports a price even for the scripted model. */
  correctUsage(agent: AgentName, usage: UsageTotals): UsageTotals;
  view(provider: ProviderName): ProviderView;
  /** Providers with a key or an agent; the default one always. */
  inUse(): ProviderName[];
  /**
   * Reads the present key, and returns the provider's setup for the gateway. Facts about an older key are dropped,
   * including an outage.
   */
  renew(
    provider: ProviderName,
    options: { keyChanged: boolean },
  ): Promise<Extract<GatewayControl, { type: 'provider' }>>;
  /** Lets the demo model stand in for every provider without a key. */
  chooseDemo(): Promise<void>;
  /** Lets a provider's parked agents retry. */
  unpark(provider: ProviderName): Promise<void>;
  /**
   * Handles the gateway's report about a key. Notifies the operator once; when the key is accepted again, its agents
   * are unparked.
   */
  hear(report: KeyReport): Promise<void>;
  /**
   * Handles a limit that an agent's call met. The operator is notified of one that holds for five minutes or more: once,
   * however many agents meet it.
   */
  hearLimit(report: Pick<LimitReport, 'provider' | 'modelClass' | 'kind' | 'until'>): Promise<void>;
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
  keys: ProviderKeys;
  /** For agents whose spec names none. */
  defaultProvider: ProviderName;
}): Promise<ProviderState & { use(given: Used): void }> {
  const { db, writer, events, clock, keys } = deps;
  const withKey = new Set<ProviderName>();
  for (const provider of PROVIDER_NAMES) if ((await keys.read(provider)) !== null) withKey.add(provider);
  let used: Used | null = null;
  /** Until when a limit of a provider's models holds that the operator was notified of. */
  const limitedUntil = new Map<string, number>();

  const stored = (from: Db, provider: ProviderName, fact: Fact) => getMeta(from, metaKey(provider, fact)) ?? '';
  const store = (tx: Tx, about: { provider: ProviderName; fact: Fact }, value: string) =>
    setMeta(tx.db, metaKey(about.provider, about.fact), value);
  const demoAllowed = (provider: ProviderName) => stored(db, provider, 'demo') !== 'no';
  const of: ProviderState['of'] = (spec) => spec.provider ?? deps.defaultProvider;
  const answererOf = (provider: ProviderName) =>
    withKey.has(provider) ? provider : demoAllowed(provider) ? DEMO : 'none';
  const refusedOf = (provider: ProviderName) => {
    const known = stored(db, provider, 'refused');
    return withKey.has(provider) && known !== '' ? refusal.parse(JSON.parse(known)) : null;
  };

  /** A full mailbox must not keep the fact itself from being stored. */
  function tellOperator(tx: Tx, body: string): void {
    attempt(tx, (inner) => used?.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
  }

  async function unpark(provider: ProviderName): Promise<void> {
    for (const { name, spec } of listAgents(db)) if (of(spec) === provider) await used?.turns.unpark(name);
  }

  return {
    use: (given) => {
      used = given;
    },
    of,
    answers: (spec) => answererOf(of(spec)),
    correctUsage(agent, usage) {
      const row = findAgent(db, agent);
      return row !== null && answererOf(of(row.spec)) === DEMO ? { ...usage, costUsd: 0 } : usage;
    },
    view: (provider) => ({
      name: answererOf(provider),
      hasKey: withKey.has(provider),
      refused: refusedOf(provider),
    }),
    inUse() {
      const used = new Set(declaredProviders(db));
      return PROVIDER_NAMES.filter((name) => used.has(name) || withKey.has(name) || name === deps.defaultProvider);
    },
    async renew(provider, { keyChanged }) {
      const key = await keys.read(provider);
      if (key === null) withKey.delete(provider);
      else withKey.add(provider);
      if (key !== null && demoAllowed(provider))
        await writer.write((tx) => store(tx, { provider, fact: 'demo' }, 'no'));
      const known = (['refused', 'away'] as const).filter((fact) => stored(db, provider, fact) !== '');
      if (keyChanged && known.length > 0)
        await writer.write((tx) => known.forEach((fact) => store(tx, { provider, fact }, '')));
      return { type: 'provider', provider, key, demo: demoAllowed(provider) };
    },
    chooseDemo: () =>
      writer.write((tx) => {
        for (const provider of PROVIDER_NAMES) if (!withKey.has(provider)) store(tx, { provider, fact: 'demo' }, 'yes');
      }),
    unpark,
    async hear({ provider, state, status }) {
      if (state === 'refused') {
        if (refusedOf(provider) !== null || !withKey.has(provider)) return;
        await writer.write((tx) => {
          store(tx, { provider, fact: 'refused' }, JSON.stringify({ status, since: clock() }));
          events.append(tx, 'provider.refused', { data: { provider, status } });
          const body = `The key was refused by ${provider} (${status}). Agents that need the model wait. Set another key: hivectl provider set ${provider}`;
          tellOperator(tx, body);
        });
        return;
      }
      if (refusedOf(provider) === null) return;
      await writer.write((tx) => {
        store(tx, { provider, fact: 'refused' }, '');
        events.append(tx, 'provider.accepted', { data: { provider } });
      });
      await unpark(provider);
    },
    async hearLimit({ provider, modelClass, kind, until }) {
      const key = `${provider} ${modelClass ?? ''}`;
      // Agents hear of one limit at slightly different ends.
      const isKnown = until !== null && until <= (limitedUntil.get(key) ?? 0) + LONG_LIMIT_MS;
      if (kind === 'overloaded' || until === null || isKnown || until < clock() + LONG_LIMIT_MS) return;
      limitedUntil.set(key, until);
      const models = modelClass === null ? '' : ` (${modelClass})`;
      await writer.write((tx) => {
        events.append(tx, 'provider.limited', { data: { provider, modelClass, kind, until } });
        const body = `The account at ${provider}${models} has reached its limit; it ends at ${new Date(until).toISOString()}. Agents that need it wait until then, and their mail with them.`;
        tellOperator(tx, body);
      });
    },
    hearCall(tx, { provider: answerer, status, endedAt }) {
      const provider = providerName.safeParse(answerer).data;
      if (provider === undefined) return;
      const text = stored(tx.db, provider, 'away');
      const known = text === '' ? null : outage.parse(JSON.parse(text));
      const step = decideOutage(known, { status, endedAt });
      if (step.outage !== known)
        store(tx, { provider, fact: 'away' }, step.outage === null ? '' : JSON.stringify(step.outage));
      if (step.tell === 'away' && step.outage !== null) {
        const { since } = step.outage;
        events.append(tx, 'provider.away', { data: { provider, status, since } });
        tellOperator(
          tx,
          `The model provider ${provider} has been out of order or out of reach since ${new Date(since).toISOString()}: ${sayFailure(status)}. Agents try again after growing pauses; their mail waits, nothing of it is given up for this. You will be told when it answers again.`,
        );
      }
      if (step.tell === 'back' && known !== null) {
        // The time of recovery is unknown: there may have been no call for hours.
        events.append(tx, 'provider.back', { data: { provider, lastFailureAt: known.last } });
        tellOperator(
          tx,
          `The model provider ${provider} answers again. Its last failure was at ${new Date(known.last).toISOString()}.`,
        );
      }
    },
  };
}
