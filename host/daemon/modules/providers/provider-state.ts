import { z } from 'zod';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { GatewayControl, KeyReport, UsageRecord } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { MailContext } from '../mail/mail-context.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { EventLog } from '../../core/event-log.ts';
import { attempt } from '../../core/store/attempt.ts';
import { agentNames } from '../agents/store/agents.ts';
import { getMeta, setMeta } from '../../core/store/meta.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { decideOutage, outage, sayFailure } from './outage.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** Whether the demo model may answer; absent in a hive that never had a key. */
const DEMO = 'provider.demo';
/** Since when the provider refuses the key, as JSON; empty when it does not. */
const REFUSED = 'provider.refused';
/** What is known of an outage of the provider, as JSON; empty when there is none. */
const AWAY = 'provider.away';

const refusal = z.object({ status: z.int(), since: z.int() });

/**
 * Who answers for the model:
 *
 *   demo ── a key is set ──► anthropic ── the key is removed ──► none ── the operator says so ──► demo
 *                                ▲───────── a key is set ──────────┘
 *
 * A hive that ever had a key never falls back to the scripted model by itself: mail that came meanwhile would be
 * answered by the script and be done.
 */
export interface ProviderState {
  name(): 'anthropic' | 'demo' | 'none';
  view(): { name: 'anthropic' | 'demo' | 'none'; hasKey: boolean; refused: z.infer<typeof refusal> | null };
  /** Reads what is there now, and returns what the gateway is to be told. What was known of an older key is forgotten, an outage with it. */
  renew(options: { keyChanged: boolean }): Promise<Extract<GatewayControl, { type: 'provider' }>>;
  chooseDemo(): Promise<void>;
  /** The gateway's word about the key. Tells the operator once; when it is taken again, parked agents may go on. */
  hear(report: KeyReport): Promise<void>;
  /** A call that the gateway reports, in the transaction that stores it. Tells the operator once of an outage, and once of its end. */
  hearCall(tx: Tx, call: Pick<UsageRecord, 'provider' | 'status' | 'endedAt'>): void;
}

/** What the state is told to, and who may go on; both know the state themselves. */
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
}): Promise<ProviderState & { use(given: Used): void }> {
  const { db, writer, events, clock, keys } = deps;
  let hasKey = (await keys.read('anthropic')) !== null;
  let used: Used | null = null;

  const demoAllowed = () => getMeta(db, DEMO) !== 'no';
  const name = () => (hasKey ? 'anthropic' : demoAllowed() ? 'demo' : 'none');
  const refused = () => {
    const stored = getMeta(db, REFUSED) ?? '';
    return hasKey && stored !== '' ? refusal.parse(JSON.parse(stored)) : null;
  };

  /** A mailbox that is full must not keep the fact itself away. */
  function tellOperator(tx: Tx, body: string): void {
    attempt(tx, (inner) => used?.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
  }

  return {
    use: (given) => {
      used = given;
    },
    name,
    view: () => ({ name: name(), hasKey, refused: refused() }),
    async renew({ keyChanged }) {
      const key = await keys.read('anthropic');
      hasKey = key !== null;
      if (hasKey && demoAllowed()) await writer.write((tx) => setMeta(tx.db, DEMO, 'no'));
      if (keyChanged && [REFUSED, AWAY].some((key) => (getMeta(db, key) ?? '') !== ''))
        await writer.write((tx) => [REFUSED, AWAY].forEach((key) => setMeta(tx.db, key, '')));
      return { type: 'provider', provider: 'anthropic', key, demo: demoAllowed() };
    },
    chooseDemo: () => writer.write((tx) => setMeta(tx.db, DEMO, 'yes')),
    async hear({ provider, state, status }) {
      if (state === 'refused') {
        if (refused() !== null || !hasKey) return;
        await writer.write((tx) => {
          setMeta(tx.db, REFUSED, JSON.stringify({ status, since: clock() }));
          events.append(tx, 'provider.refused', { data: { provider, status } });
          const body = `The key was refused by ${provider} (${status}). Agents that need the model wait. Set another key: hivectl provider set ${provider}`;
          tellOperator(tx, body);
        });
        return;
      }
      if (refused() === null) return;
      await writer.write((tx) => {
        setMeta(tx.db, REFUSED, '');
        events.append(tx, 'provider.accepted', { data: { provider } });
      });
      for (const agent of agentNames(db)) await used?.turns.unpark(agent);
    },
    hearCall(tx, { provider, status, endedAt }) {
      if (provider === 'demo') return;
      const stored = getMeta(tx.db, AWAY) ?? '';
      const known = stored === '' ? null : outage.parse(JSON.parse(stored));
      const step = decideOutage(known, { status, endedAt });
      if (step.outage !== known) setMeta(tx.db, AWAY, step.outage === null ? '' : JSON.stringify(step.outage));
      if (step.tell === 'away' && step.outage !== null) {
        const { since } = step.outage;
        events.append(tx, 'provider.away', { data: { provider, status, since } });
        tellOperator(
          tx,
          `The model provider ${provider} has been out of order or out of reach since ${new Date(since).toISOString()}: ${sayFailure(status)}. Agents try again after growing pauses; their mail waits, nothing of it is given up for this. You will be told when it answers again.`,
        );
      }
      if (step.tell === 'back' && known !== null) {
        // Since when it answers nobody knows: perhaps nobody asked it for hours.
        events.append(tx, 'provider.back', { data: { provider, lastFailureAt: known.last } });
        tellOperator(
          tx,
          `The model provider ${provider} answers again. Its last failure was at ${new Date(known.last).toISOString()}.`,
        );
      }
    },
  };
}
