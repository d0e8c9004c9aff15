import { z } from 'zod';
import { OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import type { GatewayControl, KeyReport } from '../../../protocol/schemas/service.ts';
import type { Db } from '../../../store/open-store.ts';
import type { Broker } from '../broker/broker.ts';
import type { EventLog } from '../events/event-log.ts';
import { attempt } from '../store/attempt.ts';
import { agentNames } from '../store/agents.ts';
import { getMeta, setMeta } from '../store/meta.ts';
import type { Writer } from '../store/writer.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** Whether the demo model may answer; absent in a hive that never had a key. */
const DEMO = 'provider.demo';
/** Since when the provider refuses the key, as JSON; empty when it does not. */
const REFUSED = 'provider.refused';

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
  /** Reads what is there now, and returns what the gateway is to be told. What was known of an older key is forgotten. */
  renew(options: { keyChanged: boolean }): Promise<Extract<GatewayControl, { type: 'provider' }>>;
  chooseDemo(): Promise<void>;
  /** The gateway's word about the key. Tells the operator once; when it is taken again, parked agents may go on. */
  hear(report: KeyReport): Promise<void>;
}

export async function createProviderState(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  keys: ProviderKeys;
}): Promise<ProviderState & { use(broker: Pick<Broker, 'postIn' | 'unpark'>): void }> {
  const { db, writer, events, clock, keys } = deps;
  let hasKey = (await keys.read('anthropic')) !== null;
  let broker: Pick<Broker, 'postIn' | 'unpark'> | null = null;

  const demoAllowed = () => getMeta(db, DEMO) !== 'no';
  const name = () => (hasKey ? 'anthropic' : demoAllowed() ? 'demo' : 'none');
  const refused = () => {
    const stored = getMeta(db, REFUSED) ?? '';
    return hasKey && stored !== '' ? refusal.parse(JSON.parse(stored)) : null;
  };

  return {
    use: (given) => {
      broker = given;
    },
    name,
    view: () => ({ name: name(), hasKey, refused: refused() }),
    async renew({ keyChanged }) {
      const key = await keys.read('anthropic');
      hasKey = key !== null;
      if (hasKey && demoAllowed()) await writer.write((tx) => setMeta(tx.db, DEMO, 'no'));
      if (keyChanged && refused() !== null) await writer.write((tx) => setMeta(tx.db, REFUSED, ''));
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
          // A mailbox that is full must not keep the fact itself away.
          attempt(tx, (inner) => broker?.postIn(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
        });
        return;
      }
      if (refused() === null) return;
      await writer.write((tx) => {
        setMeta(tx.db, REFUSED, '');
        events.append(tx, 'provider.accepted', { data: { provider } });
      });
      for (const agent of agentNames(db)) await broker?.unpark(agent);
    },
  };
}
