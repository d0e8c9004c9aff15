/** What is left of a sender's rate: `tokens` as of the time `at` (epoch ms). Null stands for a full one. */
export interface Bucket {
  tokens: number;
  at: number;
}

/** `burst` (at least 1) at once, and `perMinute` (above 0) in the long run. */
export interface RateRule {
  burst: number;
  perMinute: number;
}

/** Refilling by fractions may end a hair below a whole token. */
const ROUNDING = 1e-6;

/**
 * Takes one token (or `cost` of them) if there are so many; if not, says after how many ms there will be. The bucket to store
 * comes with either answer. A clock that goes backwards refills nothing and takes nothing: the bucket
 * goes on from the earlier time.
 */
export function takeToken(
  bucket: Bucket | null,
  rule: RateRule & { cost?: number },
  nowMs: number,
): { bucket: Bucket; ok: true } | { bucket: Bucket; ok: false; retryAfterMs: number } {
  const { cost = 1 } = rule;
  const tokens = bucket === null ? rule.burst : refill(bucket, rule, nowMs);
  if (tokens >= cost - ROUNDING) return { bucket: { tokens: Math.max(0, tokens - cost), at: nowMs }, ok: true };
  const retryAfterMs = Math.ceil(((cost - ROUNDING / 2 - tokens) * 60_000) / rule.perMinute);
  return { bucket: { tokens, at: nowMs }, ok: false, retryAfterMs };
}

function refill(bucket: Bucket, rule: RateRule, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - bucket.at);
  return Math.min(rule.burst, bucket.tokens + (elapsedMs * rule.perMinute) / 60_000);
}
