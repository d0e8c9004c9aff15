import type { LimitReport } from '../../../../protocol/schemas/service.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Tx, Writer } from '../../core/writer.ts';

/** A shorter limit is waited out without a word. */
const LONG_LIMIT_MS = 5 * 60_000;

/**
 * The limits of providers' accounts, in memory: what the operator was told, and until when a limit holds each key (named
 * by its provider's id and its label).
 */
export function createAccountLimits(deps: {
  writer: Writer;
  events: EventLog;
  clock: () => number;
  tellOperator: (tx: Tx, body: string) => void;
}) {
  const { clock } = deps;
  /** Until when a limit of a provider's models holds that the operator was notified of. */
  const limitedUntil = new Map<string, number>();
  /** When the newest limit of each key ends. */
  const keyLimits = new Map<string, number>();
  return {
    /** Notifies the operator of a limit that holds for five minutes or more: once, however many agents meet it. */
    async hear({
      provider,
      modelClass,
      kind,
      until,
      fallback,
    }: Pick<LimitReport, 'provider' | 'modelClass' | 'kind' | 'until' | 'fallback'>): Promise<void> {
      const key = `${provider} ${modelClass ?? ''}`;
      // Agents hear of one limit at slightly different ends.
      const isKnown = until !== null && until <= (limitedUntil.get(key) ?? 0) + LONG_LIMIT_MS;
      if (kind === 'overloaded' || until === null || isKnown || until < clock() + LONG_LIMIT_MS) return;
      limitedUntil.set(key, until);
      const models = modelClass === null ? '' : ` (${modelClass})`;
      await deps.writer.write((tx) => {
        deps.events.append(tx, 'provider.limited', { data: { provider, modelClass, kind, until } });
        const body = `The account at ${provider}${models} has reached its limit; it ends at ${new Date(until).toISOString()}. ${sayWaiting(fallback)}`;
        deps.tellOperator(tx, body);
      });
    },
    /** A limit of one key; one that has ended lifts it. */
    hearKey(key: string, until: number | null): void {
      if (until !== null && until > clock()) keyLimits.set(key, until);
      else keyLimits.delete(key);
    },
    /** Null while no limit is known to hold the key. Epoch milliseconds. */
    endOf(key: string): number | null {
      const until = keyLimits.get(key) ?? 0;
      return until > clock() ? until : null;
    },
    /** Another key is another account. */
    forgetKey: (key: string) => void keyLimits.delete(key),
    keepKeys(keys: ReadonlySet<string>): void {
      for (const key of keyLimits.keys()) if (!keys.has(key)) keyLimits.delete(key);
    },
  };
}

function sayWaiting(fallback: string | undefined): string {
  return fallback === undefined
    ? 'Agents that need it wait until then, and their mail with them.'
    : `Agents whose model has a fallback go on with it until then (now ${fallback}); others wait, and their mail with them.`;
}
