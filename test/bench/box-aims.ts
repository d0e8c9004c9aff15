import { type Aim, atMost, atMostOver } from './aim.ts';

/** Figures of boxes, of the turns in them, and of whole hives, in display order. */
export const BOX_AIMS: readonly Aim[] = [
  {
    name: 'box.hello',
    what: "create until the harness's hello",
    floor: "the engine's own create + start of the same box",
    aim: '<= floor + 300 ms',
    isMet: atMostOver(300),
  },
  {
    name: 'turn.cold',
    what: 'send accepted until the turn is over, CLI not running',
    floor: 'the CLI run directly, from its start to its result',
    aim: '<= floor + 120 ms',
    isMet: atMostOver(120),
  },
  {
    name: 'turn.warm',
    what: 'the same, CLI running',
    floor: 'a further turn of the CLI run directly',
    aim: '<= 50 ms',
    isMet: atMost(50),
  },
  ...['codex', 'gemini', 'opencode'].flatMap(aimsOfDriver),
  {
    name: 'wake.herd',
    what: 'a message to 30 agents whose CLIs do not run, until the last turn is over',
    floor: 'the CLI run directly, 30 times, shared out over the cores',
    aim: '<= 1.3 x floor',
    isMet: ({ value, floor }) => floor !== null && value <= 1.3 * floor,
  },
  {
    name: 'wake.herd.together',
    what: 'the same',
    floor: 'the CLI run directly, as many at once as there are cores, until 30 are through',
    aim: '<= 1.3 x floor',
    isMet: ({ value, floor }) => floor !== null && value <= 1.3 * floor,
  },
  {
    name: 'wake.herd.free',
    what: 'the same where all of them start at once',
    floor: 'the same',
    aim: '',
    isMet: null,
  },
  {
    name: 'rss.harness',
    what: 'resident memory of a harness, idle',
    floor: 'node that does nothing',
    aim: '<= 60 MB',
    isMet: atMost(60),
  },
  {
    name: 'rss.harness.used',
    what: 'the same after some turns, its CLI gone again',
    floor: 'node that does nothing',
    aim: '',
    isMet: null,
  },
  {
    name: 'rss.hived',
    what: 'resident memory of hived, idle',
    floor: 'node that does nothing',
    aim: '<= 120 MB',
    isMet: atMost(120),
  },
  {
    name: 'start.again',
    what: '`npm start` with everything installed, until ready',
    floor: '`npm run` of a script that does nothing',
    aim: '<= 5 s',
    isMet: atMost(5_000),
  },
];

/** For the driver of a CLI, other than Claude Code's. */
function aimsOfDriver(driver: string): Aim[] {
  return [
    {
      name: `turn.cold.${driver}`,
      what: `send accepted until the turn of an agent of the driver ${driver} is over, CLI not running`,
      floor: 'the driver run directly, from the start of its CLI to the end of the turn',
      aim: '<= floor + 120 ms',
      isMet: atMostOver(120),
    },
    {
      name: `turn.warm.${driver}`,
      what: 'the same, CLI running',
      floor: 'a further turn of the driver run directly',
      aim: '<= floor + 50 ms',
      isMet: atMostOver(50),
    },
    {
      name: `rss.${driver}`,
      what: 'resident memory of its CLI in its box, after some turns',
      floor: 'the same run directly',
      aim: '',
      isMet: null,
    },
  ];
}
