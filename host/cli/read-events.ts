import type { OpOutput } from '../../protocol/op.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { operatorSurface } from '../../protocol/operations/operator.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import type { CliContext } from './context.ts';

interface Wanted {
  agent?: AgentName;
  kinds?: string;
  /** Events after this one; without it the newest ones. */
  after?: number;
  limit: number;
}

interface Found {
  /** In log order. */
  events: HiveEvent[];
  lastSeq: number;
  /** The position after which to follow without a gap. */
  from: number;
}

type Page = OpOutput<(typeof operatorSurface)['listEvents']>;
type Ask = (more: { after?: number; before?: number; limit: number }) => Promise<Page>;

/**
 * Events of the log, up to `limit`. One answer of hived covers only part of a long log, so calls continue until there
 * are enough events or the log ends.
 */
export async function readEvents(context: CliContext, { limit, after, ...filter }: Wanted): Promise<Found> {
  const ask: Ask = (more) => context.hive.call('listEvents', { ...filter, ...more }, { signal: context.signal });
  return after === undefined ? readNewest(ask, limit) : readOn(ask, { after, limit });
}

async function readOn(ask: Ask, { after, limit }: { after: number; limit: number }): Promise<Found> {
  const events: HiveEvent[] = [];
  for (let from = after; ;) {
    const page = await ask({ after: from, limit: limit - events.length });
    events.push(...inOrder(page.events));
    const upTo = page.upTo ?? events.at(-1)?.seq ?? from;
    if (events.length >= limit || upTo === from || upTo >= page.lastSeq)
      return { events, lastSeq: page.lastSeq, from: upTo };
    from = upTo;
  }
}

async function readNewest(ask: Ask, limit: number): Promise<Found> {
  let { events, lastSeq, downTo = 0 } = await ask({ limit });
  const from = Math.max(lastSeq, ...events.map(({ seq }) => seq));
  while (events.length < limit && downTo > 0) {
    const page = await ask({ before: downTo, limit: limit - events.length });
    events = [...events, ...page.events];
    ({ downTo = 0 } = page);
  }
  return { events: inOrder(events), lastSeq, from };
}

function inOrder(events: readonly HiveEvent[]): HiveEvent[] {
  return events.toSorted((a, b) => a.seq - b.seq);
}
