import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { FoundSecrets } from '../../core/clean-input.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Writer } from '../../core/writer.ts';
import { agentExists } from '../agents/queries.ts';
import type { MailContext } from '../mail/mail-context.ts';

/** One report for each agent and secret within this time, however often it writes the secret. */
const REPORT_EVERY_MS = 60 * 60_000;

/**
 * Reports that an agent wrote a secret, which hived has replaced by its name: an event, and a notice to the operator.
 * A failure to store them is reported to `onError`; the secret is replaced all the same.
 */
export function createFoundReports(deps: {
  writer: Writer;
  events: EventLog;
  mail: Pick<MailContext, 'post'>;
  memory: AgentMemory;
  clock: () => number;
  onError: (error: unknown) => void;
}): (found: FoundSecrets, agent: AgentName) => void {
  const { writer, events, mail, memory, clock, onError } = deps;
  const reported = memory.keep<Map<string, number>, AgentName>('reports of secrets');

  function takeNew(names: readonly string[], agent: AgentName): string[] {
    const known = reported.get(agent) ?? new Map<string, number>();
    reported.set(agent, known);
    const now = clock();
    const fresh = names.filter((name) => {
      const age = now - (known.get(name) ?? -Infinity);
      // A clock that was set back must not silence the reports.
      return age >= REPORT_EVERY_MS || age < 0;
    });
    for (const name of fresh) known.set(name, now);
    return fresh;
  }

  return ({ operation, names }, agent) => {
    const fresh = takeNew(names, agent);
    if (fresh.length === 0) return;
    const list = fresh.join(', ');
    writer
      .write((tx) => {
        if (!agentExists(tx.db, agent)) return;
        events.append(tx, 'secret.found', { agent, data: { names: fresh, operation } });
        mail.post(tx, {
          sender: SYSTEM,
          to: OPERATOR,
          kind: 'system',
          body: `${agent} wrote a secret in plain or encoded form (${list}, in ${operation}). It was replaced by its name before anything was stored. Look at what the agent does with it: hivectl tail ${agent}`,
        });
      })
      .catch(onError);
  };
}
