import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { TurnDebug } from '../../../protocol/schemas/turn-debug.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const TURN: TurnDebug = {
  turn: 42,
  agent: 'coder' as AgentName,
  generation: 3,
  bootId: 'b-1',
  fence: 9,
  startedAt: 1_000,
  leaseUntil: 91_000,
  interruptAsked: true,
  endedAt: 3_500,
  outcome: 'timed_out',
  reason: 'It took too long.',
  text: 'I was about to\nfinish.',
  plan: null,
  stats: null,
  deliveries: [
    {
      delivery: 1,
      message: 17,
      from: 'operator',
      attempt: 2,
      joined: true,
      leasedAt: null,
      inContextAt: null,
      state: 'done',
      endedAt: 4_000,
      note: null,
      laterTurn: 43,
    },
  ],
  calls: [],
  events: [
    {
      seq: 5,
      at: 1_000,
      kind: 'turn.started',
      agent: 'coder' as AgentName,
      data: { turn: 42, messages: [17], redelivered: [] },
    },
  ],
  eventsAreCut: true,
  raw: {
    lines: [
      { n: 1, at: 1_007, kind: 'stdin', text: 'hello', isCut: false },
      { n: 4, at: 1_050, kind: 'stdout', text: `\u001B[2J\u202E${'x'.repeat(1_000)}`, isCut: true },
    ],
    isCut: false,
    unreadable: 2,
    problem: 'They could not all be read: why\u0007.',
  },
};

test('a turn is shown with its mail, events and raw lines; control characters are visible, gaps are said', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    debugTurn(input) {
      asked.push(input);
      return TURN;
    },
  });
  const { out, code } = await runHivectl(hive.socket, ['debug', 'turn', '42', '--agent', 'coder']);
  expect([code, asked]).toEqual([0, [{ turn: 42, name: 'coder' }]]);
  for (const text of [
    'Turn 42 of coder: timed out.',
    'it took 2.5s',
    'The operator asked to interrupt it.',
    'put back; done in turn 43',
    'turn.started',
    'More: hivectl events --agent coder',
    '.007  stdin   hello',
    '(2 lines were not kept)',
    String.raw`stdout  \x1b[2J\u202exxx`,
    '(605 more characters: --full) (the rest was not kept)',
    '2 lines of the files cannot be parsed.',
    'They could not all be read: why.',
  ])
    expect(out).toContain(text);
  expect(out).not.toContain('\u001B');
  const full = await runHivectl(hive.socket, ['debug', 'turn', '42', '--full']);
  expect(full.out).toContain('x'.repeat(1_000));
  const json = await runHivectl(hive.socket, ['debug', 'turn', '42', '--json']);
  expect(JSON.parse(json.out)).toEqual(TURN);
});

test('a number that is none is refused before any call', async () => {
  hive = await openStandInHive({});
  const refused = await runHivectl(hive.socket, ['debug', 'turn', 'last']);
  expect([refused.code, refused.err]).toEqual([64, expect.stringContaining("A turn's number is a whole number")]);
});
