import type { UsageRecord } from './schemas/service.ts';

/** What budgets count for an ended call: the same in the gateway, until hived has counted it, and in hived. */
export function countCall({ usage, counted }: Pick<UsageRecord, 'usage' | 'counted'>): { usd: number; tokens: number } {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = usage;
  return {
    usd: Math.max(costUsd ?? 0, counted?.usd ?? 0),
    tokens: Math.max(inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens, counted?.tokens ?? 0),
  };
}
