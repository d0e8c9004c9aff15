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

/** From an HTTP head: `anthropic-ratelimit-unified-reset` (epoch seconds), else `retry-after` (seconds). */
function readReset(text: string, now: number): number | null {
  const head = text.split('\r\n\r\n', 1)[0] ?? '';
  const reset = /^anthropic-ratelimit-unified-reset:[ \t]*(\d{9,11})[ \t]*\r?$/im.exec(head)?.[1];
  if (reset !== undefined) return Number(reset) * 1_000;
  const after = /^retry-after:[ \t]*(\d{1,8})[ \t]*\r?$/im.exec(head)?.[1];
  return after === undefined ? null : now + Number(after) * 1_000;
}
