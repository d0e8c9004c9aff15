import { afterEach, expect, test } from 'vitest';
import type { HiveEvent } from '../../../protocol/schemas/event.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive, STATUS } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

test('to watch turns does not miss one that begins while the command starts', async () => {
  const log: HiveEvent[] = [];
  const append = (kind: HiveEvent['kind']) =>
    log.push({ seq: log.length + 1, at: 0, kind, agent: 'scout' as HiveEvent['agent'], data: { turn: 1 } });
  append('turn.finished');
  hive = await openStandInHive({
    getAgent: () => ({ agent: agentView('scout') }),
    status: () => ({ ...STATUS, lastSeq: log.length }),
    listTerminals: () => {
      append('turn.started');
      return { terminals: [] };
    },
    async *followEvents(input, { lastEventId, signal }) {
      append('turn.finished');
      for (const event of log) if (event.seq > (lastEventId ?? input.after ?? 0)) yield event;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  });
  const interrupt = new AbortController();
  const ran = await runHivectl(hive.socket, ['attach', 'scout', '--watch', '--json'], {
    signal: interrupt.signal,
    onOut: (out) => out.includes('"seq":3') && interrupt.abort(),
  });
  const seqs = ran.out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as HiveEvent).seq);
  expect(seqs).toEqual([2, 3]);
});
