import type { AgentView } from '../../../protocol/schemas/agent.ts';
import { sayCount, sayCost, sayUntil } from './say-figures.ts';
import { oneLine } from './clean-text.ts';
import { type Column, cutTo } from './fit-table.ts';

export const AGENT_COLUMNS: readonly Column[] = [
  { title: 'AGENT' },
  { title: 'ROLE', shrinkTo: 6 },
  { title: 'DRIVER', shrinkTo: 6 },
  { title: 'STATE', shrinkTo: 7 },
  { title: 'DOING', shrinkTo: 12 },
  { title: 'TURNS', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'COST', align: 'right' },
  { title: 'MAIL', shrinkTo: 4 },
];

/** A long reason must not push the other columns out of sight, piped or not; `hivectl ps NAME` shows all of it. */
const REASON_CELLS = 56;

/** One agent as a row: why it is in its state and until when stand where it would say what it does. */
export function agentRow(agent: AgentView, now: number): string[] {
  const { usage } = agent;
  const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return [
    agent.name,
    agent.spec.role,
    agent.spec.driver,
    agent.state.replaceAll('_', ' '),
    sayDoing(agent, now, REASON_CELLS),
    String(agent.turns),
    sayCount(tokens),
    sayCost(usage),
    sayMail(agent),
  ];
}

/** What it does, or why it does nothing and until when; reason and activity cut to so many terminal cells. */
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
    agent.queued > 0 ? `${agent.queued} waiting` : '',
    agent.leased > 0 ? `${agent.leased} in turn` : '',
    agent.dead > 0 ? `${agent.dead} dead` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '–' : parts.join(', ');
}
