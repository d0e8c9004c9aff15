import { Text, Tooltip } from '@mantine/core';
import type { UsageSum, UsageTotals } from '../../../../protocol/schemas/agent.ts';
import { totalTokens, formatCost, formatCount, formatExact } from '../data/format.ts';

/** The total number of tokens; the tooltip has the number of each kind. */
export function Tokens({ usage }: { usage: UsageTotals }) {
  const kinds: [string, number][] = [
    ['input', usage.inputTokens],
    ['output', usage.outputTokens],
    ['read from cache', usage.cacheReadTokens],
    ['written to cache', usage.cacheWriteTokens],
  ];
  return (
    <Tooltip
      events={{ hover: true, focus: true, touch: true }}
      label={kinds.map(([name, count]) => (
        <div key={name}>
          {formatExact(count)} {name}
        </div>
      ))}
    >
      <Text span inherit tabIndex={0} data-num>
        {formatCount(totalTokens(usage))}
      </Text>
    </Tooltip>
  );
}

/** The cost, and the number of calls without a price. */
export function Cost({ usage }: { usage: UsageSum }) {
  if (usage.unpricedCalls === 0) return <span data-num>{formatCost(usage)}</span>;
  return (
    <Text span inherit c="dimmed" style={{ whiteSpace: 'nowrap' }}>
      {formatCost(usage)}
    </Text>
  );
}
