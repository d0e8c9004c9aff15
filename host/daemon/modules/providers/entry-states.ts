import type { EntryState, ModelEntry } from '../../../../protocol/schemas/model.ts';
import type { EntryReport, GatewayControl } from '../../../../protocol/schemas/service.ts';
import { type AskDeps, createGatewayAnswers } from './gateway-answers.ts';

/** The states of entries, which only the gateway knows: it sees every answer of a provider first. */
export interface EntryStates {
  /** The states now, in the order of the entries; null when the gateway does not answer. Never rejects. */
  ask(entries: readonly ModelEntry[]): Promise<readonly EntryState[] | null>;
  hear(report: EntryReport): void;
  /** The gateway exited: nobody answers what it was asked. */
  gatewayEnded(): void;
}

export function createEntryStates(
  deps: AskDeps & { send: (line: Extract<GatewayControl, { type: 'entries' }>) => void },
): EntryStates {
  const answers = createGatewayAnswers<readonly EntryState[]>(deps);
  return {
    ask: (entries) => answers.ask((id) => deps.send({ type: 'entries', id, entries: [...entries] })),
    hear: ({ id, states }) => answers.hear(id, states),
    gatewayEnded: answers.gatewayEnded,
  };
}
