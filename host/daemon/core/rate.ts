/** The state of a sender's rate: `tokens` at the time `at` (epoch ms). Null stands for a full bucket. */
export interface Bucket {
  tokens: number;
  at: number;
}

/** `burst` (at least 1) at once, and `perMinute` (above 0) in the long run. */
export interface RateRule {
  burst: number;
  perMinute: number;
}

/** Fractional refills may end slightly below a whole token. */
const ROUNDING = 1e-6;

/**
 * Takes one token (or `cost` of them) if available; if not, returns after how many ms they will be. Either answer
 * contains the bucket to store. A clock that goes backwards adds and removes nothing: the bucket continues from the
 * earlier time.
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
