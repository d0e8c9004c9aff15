import type { EgressCaller } from '../../../protocol/egress.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import { pause, waitAtMost } from '../../../system/pause.ts';
import { nameError } from '../name-error.ts';

type QuotasLine = Extract<GatewayControl, { type: 'quotas' }>;
type Held = QuotasLine['agents'][number];

/** Counts the bytes that each agent exchanges with hosts outside, and knows its quotas. */
export interface Traffic {
  /** Replaces the quotas of all agents. */
  replace(line: QuotasLine): void;
  /** The words of a quota that the agent has used up; null while there is none. */
  usedUp(agent: EgressCaller): string | null;
  /** Counts bytes that passed; then the same as `usedUp`. */
  count(agent: EgressCaller, bytes: number): string | null;
  /** Forgets agents that are gone. */
  keepAgents(names: ReadonlySet<EgressCaller>): void;
  /** Waits at most `waitMs` until hived has every sum; returns the number of agents whose sums it does not have. */
  flush(waitMs: number): Promise<number>;
  close(): void;
}

export interface TrafficDeps {
  readonly instance: string;
  /** Stores sums (hived's `reportTraffic`); they replace smaller ones of this instance. */
  readonly send: (
    agents: { agent: EgressCaller; bytes: number }[],
    signal: AbortSignal,
  ) => Promise<{ usedUp: readonly { agent: EgressCaller; words: string }[] }>;
  readonly log: Log;
  /** The interval of reports in milliseconds: what a gateway that is killed may not have reported. */
  readonly reportMs?: number;
}

/** As `reportMs`, in bytes of one agent. */
const REPORT_BYTES = 64 * 1024 * 1024;
const RETRY_MS = 2_000;
const FLUSH_RETRY_MS = 100;

/**
 * hived's figures and the sums here never overlap: each line says which sum of this instance `used` contains. What is
 * reported are sums, so that a report may be repeated, or come late. Two instances, of which one is about to end, know of
 * each other's traffic by hived's answers: together they exceed a quota by what passes between two reports.
 */
export function createTraffic({ instance, send, log, reportMs = 2_000 }: TrafficDeps): Traffic {
  const sums = new Map<EgressCaller, number>();
  const reported = new Map<EgressCaller, number>();
  let held = new Map<EgressCaller, Held>();
  /** What hived's last answers said since the newest line, of all instances together. */
  const told = new Map<EgressCaller, string>();
  let lines = 0;
  const closing = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;

  const sumOf = (agent: EgressCaller) => sums.get(agent) ?? 0;
  const unreported = () => [...sums].filter(([agent, bytes]) => bytes > (reported.get(agent) ?? 0));

  function findUsedUp(agent: EgressCaller): string | null {
    const words = told.get(agent);
    if (words !== undefined) return words;
    const known = held.get(agent);
    if (known === undefined) return null;
    const contained = known.counted.find((one) => one.instance === instance)?.bytes ?? 0;
    const more = Math.max(0, sumOf(agent) - contained);
    return known.quotas.find(({ bytes, used }) => used + more >= bytes)?.words ?? null;
  }

  function schedule(ms: number): void {
    if (timer !== null || sending !== null || closing.signal.aborted) return;
    timer = setTimeout(report, ms).unref();
  }

  function report(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    sending ??= sendAndPlan();
  }

  async function sendAndPlan(): Promise<void> {
    const nextMs = await sendSums();
    sending = null;
    if (unreported().length > 0) schedule(nextMs);
  }

  /** Never rejects. Returns when what is left, or new, is due. */
  async function sendSums(): Promise<number> {
    const news = unreported();
    if (news.length === 0) return reportMs;
    const sentAt = lines;
    try {
      const { usedUp } = await send(
        news.map(([agent, bytes]) => ({ agent, bytes })),
        closing.signal,
      );
      if (sentAt === lines) hear(news, usedUp);
    } catch (error) {
      log.warn({ reason: nameError(error) }, 'hived takes no report of traffic, trying again');
      return RETRY_MS;
    }
    for (const [agent, bytes] of news) if (sums.has(agent)) reported.set(agent, bytes);
    return reportMs;
  }

  /** An instance that is about to end hears no more lines. */
  function hear(
    news: readonly [EgressCaller, number][],
    usedUp: readonly { agent: EgressCaller; words: string }[],
  ): void {
    for (const [agent] of news) told.delete(agent);
    for (const { agent, words } of usedUp) if (sums.has(agent)) told.set(agent, words);
  }

  async function sendAll(): Promise<void> {
    while (unreported().length > 0 && !closing.signal.aborted) {
      report();
      await sending;
      if (unreported().length > 0) await pause(FLUSH_RETRY_MS, closing.signal);
    }
  }

  return {
    replace({ agents }) {
      held = new Map(agents.map((agent) => [agent.name, agent]));
      told.clear();
      lines += 1;
    },
    usedUp: findUsedUp,
    count(agent, bytes) {
      if (!(bytes > 0)) return findUsedUp(agent);
      const sum = sumOf(agent) + bytes;
      sums.set(agent, sum);
      const words = findUsedUp(agent);
      if (words !== null || sum - (reported.get(agent) ?? 0) >= REPORT_BYTES) report();
      else schedule(reportMs);
      return words;
    },
    keepAgents(names) {
      for (const name of sums.keys())
        if (!names.has(name)) {
          sums.delete(name);
          reported.delete(name);
          told.delete(name);
        }
    },
    async flush(waitMs) {
      await waitAtMost(sendAll(), waitMs);
      return unreported().length;
    },
    close() {
      closing.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
