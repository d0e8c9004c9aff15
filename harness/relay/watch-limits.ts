/** The newest pause that a provider asked for, as the relay saw it pass by. */
export interface LimitWatch {
  /** Looks at a piece of what a service answers. */
  see(chunk: Buffer): void;
  /** When the limit of the newest 429 ends (epoch ms), or null; asked once, then forgotten. */
  take(): number | null;
  /** When anything came from the provider last (epoch ms); 0 before the first. */
  heardAt(): number;
}

const LIMITED = Buffer.from('HTTP/1.1 429');
const HEAD_BYTES = 8 * 1024;

/**
 * The CLI does not tell how long a provider wants it to wait when that is over a minute: it just fails. The
 * answer's head does, and it passes through the gateway's relay. Nothing is changed on the way; a head that
 * does not begin its packet is missed, and then the harness pauses by its own backoff.
 */
export function watchLimits(now: () => number): LimitWatch {
  let resetsAt: number | null = null;
  let heardAt = 0;
  return {
    see: (chunk) => {
      heardAt = now();
      if (chunk.length < LIMITED.length || chunk.compare(LIMITED, 0, LIMITED.length, 0, LIMITED.length) !== 0) return;
      resetsAt = readReset(chunk.toString('latin1', 0, HEAD_BYTES), now()) ?? resetsAt;
    },
    take: () => {
      const taken = resetsAt;
      resetsAt = null;
      return taken;
    },
    heardAt: () => heardAt,
  };
}

/** From an HTTP head: `anthropic-ratelimit-unified-reset`, else `retry-after`; epoch ms, null when neither can be read. */
function readReset(text: string, now: number): number | null {
  const head = text.split('\r\n\r\n', 1)[0] ?? '';
  const reset = /^anthropic-ratelimit-unified-reset:[ \t]*([^\r\n]{1,64})/im.exec(head)?.[1];
  const after = /^retry-after:[ \t]*([^\r\n]{1,64})/im.exec(head)?.[1];
  return (
    (reset === undefined ? null : readTime(reset.trim(), null)) ??
    (after === undefined ? null : readTime(after.trim(), now))
  );
}

/** A time as providers and proxies write it: epoch seconds or milliseconds, a date, or, counted from `now`, seconds. */
function readTime(text: string, now: number | null): number | null {
  if (!/^\d+(?:\.\d+)?$/.test(text)) {
    // Only what looks like a date: Date.parse makes something of nearly everything with a digit.
    const time = /^(?:[A-Z][a-z]{2,8}, |\d{4}-\d{2}-\d{2}T)/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(time) ? null : time;
  }
  const digits = text.split('.', 1)[0]?.length ?? 0;
  if (digits >= 12) return digits <= 14 ? Math.round(Number(text)) : null;
  if (digits >= 9) return Math.round(Number(text) * 1_000);
  return now === null ? null : now + Math.round(Number(text) * 1_000);
}
