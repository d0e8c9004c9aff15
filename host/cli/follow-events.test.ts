import { afterEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import { interruptedBy } from './ended-by.ts';
import { runHivectl } from './testing/run-hivectl.ts';
import { openStandInHive, type StandInHive, STATUS } from './testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

describe('a signal', () => {
  test('before the hive answered a change reports that it may have been done', async () => {
    const interrupt = new AbortController();
    const stand = await openStandInHive({
      send: () => {
        interrupt.abort(interruptedBy('SIGTERM'));
        return new Promise<never>(() => undefined);
      },
    });
    hive = stand;
    const ran = await runHivectl(stand.socket, ['send', 'scout', 'hi'], { signal: interrupt.signal });
    expect(ran).toMatchObject({ code: 143, err: expect.stringContaining('may have been done all the same') });
  });
  test.each([
    ['SIGINT', 0],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends a follower with %d', async (name, code) => {
    const interrupt = new AbortController();
    const stand = await openStandInHive({
      status: () => STATUS,
      listEvents: () => ({ events: [], lastSeq: 1 }),
      async *followEvents(_input, { signal }) {
        interrupt.abort(interruptedBy(name));
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield* [];
      },
    });
    hive = stand;
    const ran = await runHivectl(stand.socket, ['events', '-f'], { signal: interrupt.signal });
    expect(ran).toEqual({ code, out: '', err: '' });
  });
});

describe('events', () => {
  const at = (seq: number): HiveEvent => ({ seq, at: seq, kind: 'hive.stopping', agent: null, data: { reason: 'x' } });

  test('are found however far back or ahead in the log; following continues after the searched part', async () => {
    const asked: object[] = [];
    const followed: unknown[] = [];
    hive = await openStandInHive({
      listEvents(input) {
        asked.push(input);
        if (input.after === 0) return { events: [], lastSeq: 90_000, upTo: 20_000 };
        if (input.after === 20_000) return { events: [at(30_000)], lastSeq: 90_000, upTo: 90_000 };
        if (input.before === undefined) return { events: [], lastSeq: 90_000, downTo: 70_000 };
        return { events: [at(5)], lastSeq: 90_000, downTo: 0 };
      },
      status: () => ({ ...STATUS, lastSeq: 90_000 }),
      async *followEvents(_input, { lastEventId }) {
        followed.push(lastEventId);
        yield at(90_001);
      },
    });
    const back = await runHivectl(hive.socket, ['events', '--kinds', 'hive.stopping']);
    expect(back.out).toMatch(/^ +5 .*hive\.stopping/);
    const on = await runHivectl(hive.socket, ['events', '--kinds', 'hive.stopping', '--after', '0', '--json']);
    expect(JSON.parse(on.out)).toMatchObject({ events: [{ seq: 30_000 }], upTo: 90_000 });
    expect(asked).toHaveLength(4);
    const interrupt = new AbortController();
    await runHivectl(hive.socket, ['events', '--kinds', 'hive.stopping', '--after', '0', '-f'], {
      signal: interrupt.signal,
      onOut: (out) => {
        if (out.includes('90001')) interrupt.abort();
      },
    });
    expect(followed[0]).toBe(90_000);
  });
});

describe('following events', () => {
  const event = (seq: number): HiveEvent => ({
    seq,
    at: seq,
    kind: 'agent.rebuilt',
    agent: 'scout' as HiveEvent['agent'],
    data: { generation: seq },
  });

  test('continues over a restart of hived, without a gap or a duplicate', async () => {
    const log = [event(1), event(2), event(3), event(4)];
    const asked: (number | null | undefined)[] = [];
    const handlers = (upTo: number, hold: boolean) => ({
      listEvents: () => ({ events: [event(1)], lastSeq: 1 }),
      status: () => {
        throw new HiveError('not_implemented');
      },
      async *followEvents(
        input: { after?: number | undefined },
        { lastEventId, signal }: { lastEventId: number | null; signal: AbortSignal },
      ) {
        asked.push(lastEventId);
        for (const each of log.slice(0, upTo)) if (each.seq > (lastEventId ?? input.after ?? 0)) yield each;
        if (hold) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    const status = () => ({ ...STATUS, lastSeq: 4 });
    const stand = await openStandInHive({ ...handlers(2, true), status });
    hive = stand;
    const interrupt = new AbortController();
    const running = runHivectl(stand.socket, ['events', '-f', '--json'], {
      signal: interrupt.signal,
      onOut: (out) => {
        if (out.includes('"seq":2') && !out.includes('"seq":3')) void stand.stop();
        if (out.includes('"seq":4')) interrupt.abort();
      },
      onErr: (err) => {
        if (err.endsWith('waiting for it to come back …\n')) void stand.start({ ...handlers(4, true), status });
      },
    });
    const ran = await running;
    const seqs = ran.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as HiveEvent).seq);
    expect(seqs).toEqual([1, 2, 3, 4]);
    expect(ran.code).toBe(0);
    expect(asked).toEqual([1, 2]);
    expect(ran.err).toBe('hived is away; waiting for it to come back …\nhived is back.\n');
  });
});
