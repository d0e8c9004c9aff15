import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import type { CliContext } from './context.ts';
import { pause } from '../../system/pause.ts';

const RETRY_MS = 500;

/**
 * Follows the event log until the signal fires, across restarts of hived: after a disconnect it continues after the
 * last event it yielded, so nothing is missed or duplicated. Ends without an error at Ctrl-C. The first connection must
 * succeed; `say` reports later disconnects and reconnects.
 *
 * The caller reads the position `after` before it queries or says anything: what happens from then on is followed, even
 * if the connection takes long.
 */
export async function* followEvents(
  context: CliContext,
  query: { after: number; agent?: AgentName; kinds?: string },
  say: (line: string) => void,
): AsyncGenerator<HiveEvent> {
  const { signal } = context;
  const { after, ...filter } = query;
  let last = after;
  let away = false;
  while (!signal.aborted) {
    try {
      if (away) await context.hive.call('status', {});
      if (away) say('hived is back.');
      away = false;
      for await (const event of context.hive.stream(
        'followEvents',
        { ...filter, after: last },
        { signal, lastEventId: last },
      )) {
        last = event.seq;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof HiveError) || error.code !== 'hive_unreachable') throw error;
    }
    if (signal.aborted) return;
    if (!away) say('hived is away; waiting for it to come back …');
    away = true;
    await pause(RETRY_MS, signal);
  }
}
