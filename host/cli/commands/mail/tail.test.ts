import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { describeTalk } from '../../output/say-talk.ts';
import { createTalkFilter } from '../../output/talk-filter.ts';
import { runHivectl } from '../../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const event = (
  seq: number,
  kind: HiveEvent['kind'],
  { agent = null, ...data }: Record<string, unknown>,
): HiveEvent => ({
  seq,
  at: seq,
  kind,
  agent: agent as AgentName | null,
  data,
});
const sent = (seq: number, from: string, to: string) =>
  event(seq, 'message.sent', {
    id: seq,
    thread: seq,
    from,
    to,
    recipients: [to],
    kind: 'note',
    preview: `from ${from}`,
  });

test('a line for every message and every step of its deliveries', () => {
  const ask = {
    id: 4,
    thread: 4,
    from: 'scout',
    to: '#docs',
    recipients: ['a', 'b'],
    kind: 'question',
    preview: 'so\u001B[2J?',
  };
  expect(
    [
      sent(3, 'scout', 'writer'),
      event(4, 'message.sent', { ...ask, agent: 'scout' }),
      event(5, 'delivery.in_context', { turn: 9, messages: [3], agent: 'writer' }),
      event(6, 'delivery.read', { messages: [4] }),
      event(6, 'thread.paused', { thread: 3, between: ['scout', 'writer'], why: 'polite loop', question: 7 }),
      event(7, 'reminder.fired', { id: 1, message: 8, lateMs: 5_000, agent: 'scout' }),
    ].map((each) => describeTalk(each, 0)),
  ).toEqual([
    '#3 scout → writer: from scout',
    '#4 [question] scout → #docs (2): so?',
    '  writer  reads  #3 in turn 9',
    '  operator  read  #4',
    '  paused  thread 3 between scout, writer: polite loop (asked you in #7)',
    '  scout  reminded  as #8, 5s late',
  ]);
});

test('of one agent: messages from, to and about it, and the deliveries of those it sent', () => {
  const concerns = createTalkFilter('scout');
  const events = [
    sent(1, 'scout', 'writer'),
    sent(2, 'writer', 'manager'),
    sent(3, 'writer', 'scout'),
    event(4, 'delivery.in_context', { turn: 1, messages: [1], agent: 'writer' }),
    event(5, 'delivery.in_context', { turn: 2, messages: [2], agent: 'manager' }),
    event(6, 'thread.closed', { thread: 1, by: 'operator' }),
    event(7, 'agent.quiet', { until: null, by: 'operator', agent: 'scout' }),
  ];
  expect(events.filter(concerns).map(({ seq }) => seq)).toEqual([1, 3, 4, 6, 7]);
});

test('begins with earlier messages and follows without a gap or a duplicate', async () => {
  const log = [sent(1, 'operator', 'scout'), sent(2, 'scout', 'operator'), sent(3, 'operator', 'scout')];
  const asked: unknown[] = [];
  hive = await openStandInHive({
    listEvents: (input) => {
      asked.push(input);
      return { events: log.slice(0, 2).toReversed(), lastSeq: 2 };
    },
    async *followEvents(input, { lastEventId, signal }) {
      asked.push({ ...input, lastEventId });
      yield log[2]!;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  });
  const interrupt = new AbortController();
  const ran = await runHivectl(hive.socket, ['tail', '-n', '2', '--json'], {
    signal: interrupt.signal,
    onOut: (out) => out.includes('"seq":3') && interrupt.abort(),
  });
  const seqs = ran.out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as HiveEvent).seq);
  expect(seqs).toEqual([1, 2, 3]);
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(asked).toMatchObject([{ limit: 2 }, { after: 2, lastEventId: 2 }]);
});
