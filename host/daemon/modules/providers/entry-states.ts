import { randomUUID } from 'node:crypto';
import type { EntryState, ModelEntry } from '../../../../protocol/schemas/model.ts';
import type { EntryReport, GatewayControl } from '../../../../protocol/schemas/service.ts';

/** The gateway answers from memory. */
const ANSWER_MS = 5_000;

/** The states of entries, which only the gateway knows: it sees every answer of a provider first. */
export interface EntryStates {
  /** The states now, in the order of the entries; null when the gateway does not answer. Never rejects. */
  ask(entries: readonly ModelEntry[]): Promise<readonly EntryState[] | null>;
  hear(report: EntryReport): void;
  /** The gateway exited: nobody answers what it was asked. */
  gatewayEnded(): void;
}

export function createEntryStates(deps: {
  send: (line: Extract<GatewayControl, { type: 'entries' }>) => void;
  isGatewayRunning: () => boolean;
  answerMs?: number;
}): EntryStates {
  const open = new Map<string, (states: readonly EntryState[] | null) => void>();
  return {
    async ask(entries) {
      if (!deps.isGatewayRunning()) return null;
      const id = randomUUID();
      return new Promise((resolve) => {
        const settle = (states: readonly EntryState[] | null) => {
          clearTimeout(timer);
          open.delete(id);
          resolve(states);
        };
        const timer = setTimeout(() => settle(null), deps.answerMs ?? ANSWER_MS);
        open.set(id, settle);
        deps.send({ type: 'entries', id, entries: [...entries] });
      });
    },
    hear({ id, states }) {
      open.get(id)?.(states);
    },
    gatewayEnded() {
      for (const settle of open.values()) settle(null);
    },
  };
}
