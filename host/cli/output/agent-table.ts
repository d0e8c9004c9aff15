import { listQueued } from '../../../protocol/receipt-words.ts';
import type { AgentView } from '../../../protocol/schemas/agent.ts';
import { sayCount, sayCost, sayUntil } from './say-figures.ts';
import { oneLine } from './clean-text.ts';
import { cutTo } from './fit-table.ts';
import type { ItemColumn } from './say-table.ts';

/** One agent per line: a reason for its state, with its end, replaces the activity. */
export const AGENT_COLUMNS: readonly ItemColumn<AgentView>[] = [
  { title: 'AGENT', value: ({ name }) => name },
  { title: 'ROLE', shrinkTo: 6, value: ({ spec }) => spec.role },
  { title: 'DRIVER', shrinkTo: 6, value: ({ spec }) => spec.driver },
  { title: 'STATE', shrinkTo: 7, value: ({ state }) => state.replaceAll('_', ' ') },
  { title: 'DOING', shrinkTo: 12, value: (agent, now) => sayDoing(agent, now, REASON_CELLS) },
  { title: 'TURNS', align: 'right', value: ({ turns }) => String(turns) },
  { title: 'TOKENS', align: 'right', value: (agent) => sayCount(countTokens(agent)) },
  { title: 'COST', align: 'right', value: ({ usage }) => sayCost(usage) },
  { title: 'MAIL', shrinkTo: 4, value: sayMail },
];

/** A long reason must not push the other columns off the screen, piped or not; `hivectl ps NAME` shows all of it. */
const REASON_CELLS = 56;

/** The total of tokens it used. */
export function countTokens({ usage }: AgentView): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** Its activity, or why it has none and until when; reason and activity are cut to `cells` terminal cells. */
export function sayDoing(agent: AgentView, now: number, cells = Number.POSITIVE_INFINITY): string {
  const cut = (text: string | null) => (text === null ? null : cutTo(oneLine(text), cells));
  const until = agent.until === null ? null : `again ${sayUntil(agent.until, now)}`;
  const parts = [cut(agent.reason), until, cut(agent.activity)].filter((part) => part !== null);
  if (agent.note !== undefined) parts.push(`note: ${cut(agent.note)}`);
  if (agent.quietUntil !== null && agent.quietUntil > now) parts.push(`quiet, ends ${sayUntil(agent.quietUntil, now)}`);
  if (agent.outdated) parts.push('outdated: rebuild it');
  return parts.join('; ');
}

function sayMail(agent: AgentView): string {
  const parts = [
    ...listQueued(agent),
    agent.leased > 0 ? `${agent.leased} in turn` : '',
    agent.dead > 0 ? `${agent.dead} dead` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '–' : parts.join(', ');
}
