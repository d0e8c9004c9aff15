import type { Cause } from '../../harness/turn/faults.ts';
import type { DriverName } from '../../protocol/drivers/drivers.ts';

/**
 * Where it is shown how an agent of a driver gets over a fault:
 * `hive`: test/faults.test.ts, through a whole hive with boxes, up to the message that is handled once.
 * `contract`: that test of harness/driver/driver-contract.ts, with the driver alone.
 * `test`: a test of its own. `none`: nowhere, for this reason.
 */
export type Cell =
  | 'hive'
  | { readonly contract: string }
  | { readonly test: string; readonly title: string }
  | { readonly none: string };

export interface FaultRow {
  readonly about: string;
  /** The ends of turns that it leads to: harness/turn/faults.ts says what follows. */
  readonly causes: readonly [Cause, ...Cause[]];
  /**
   * What the operator sees besides the agent's state and its reason. The tests of the cells wait for each event that is
   * named here, unless another test shows them: `seenIn`.
   */
  readonly seen: string;
  readonly seenIn?: { readonly test: string; readonly title: string };
  /** How the agent works again. */
  readonly back: string;
  /** What becomes of the messages of the turn. */
  readonly mail: string;
  readonly cells: Readonly<Record<DriverName, Cell>>;
}

function everyDriver<One extends Cell>(cell: One): Readonly<Record<DriverName, One>> {
  return { claude: cell, codex: cell, gemini: cell, opencode: cell, acp: cell, script: cell };
}

/** The harness reads a box's shortage from the box, so a real CLI that fails by it shows all drivers. */
function inBox(title: string): Readonly<Record<DriverName, Exclude<Cell, 'hive'>>> {
  const same = { none: 'the harness reads the shortage from the box, whichever program failed' };
  return { ...everyDriver(same), claude: { test: 'test/starved.test.ts', title } };
}

const WAITS = 'waits; nothing is counted';

const HIVE = everyDriver('hive');

/** Every fault for every driver. docs/reliability.md has it as a table; `npm run docs` draws it. */
export const FAULT_MATRIX = {
  limit_timed: {
    about: 'a limit with a time (429, `retry-after`)',
    causes: ['limit_reached'],
    seen: 'event `provider.limited`',
    back: 'at that time; at once with another key',
    mail: WAITS,
    cells: HIVE,
  },
  limit_untimed: {
    about: 'a limit without a time (429)',
    causes: ['limit_reached'],
    seen: 'the time of the next attempt',
    back: 'after growing pauses; at once with another key',
    mail: WAITS,
    cells: {
      ...HIVE,
      // These repeat a request for a quarter of a minute before they end the turn, as in the row of the outage.
      claude: { test: 'harness/driver/claude/classify-result.test.ts', title: '%s' },
      opencode: { test: 'harness/driver/agent-protocol/judge-retry.test.ts', title: '%s' },
    },
  },
  provider_away: {
    about: 'the provider is overloaded (503) or out of reach',
    causes: ['provider_away'],
    seen: 'after a minute event `provider.away` and a message, and event `provider.back` and a message when it is back',
    seenIn: {
      test: 'host/daemon/modules/providers/provider-state.test.ts',
      title:
        'an outage is reported once with its cause, also across a restart, and its end once; the demo model has none',
    },
    back: 'by itself, after growing pauses',
    mail: WAITS,
    cells: HIVE,
  },
  silent: {
    about: 'the provider or the CLI falls silent in the middle of an answer',
    causes: ['provider_away', 'cli_broken'],
    seen: 'nothing else',
    back: 'by itself, after growing pauses',
    mail: 'waits; is counted on proof if the CLI is the cause',
    cells: everyDriver({ contract: 'silence while no tool runs is not blamed on the mail' }),
  },
  login_refused: {
    about: 'the key or login is refused (401)',
    causes: ['login_refused'],
    seen: 'event `provider.refused` and one message',
    back: 'at once with another key',
    mail: WAITS,
    cells: HIVE,
  },
  poisoned: {
    about: 'the conversation contains what the provider refuses each time (400)',
    causes: ['conversation_spent'],
    seen: 'event `conversation.dropped` with the reason',
    back: 'at once, in a fresh conversation',
    mail: 'comes again; nothing is counted',
    cells: HIVE,
  },
  too_long: {
    about: 'the conversation is too long (400)',
    causes: ['conversation_spent'],
    seen: 'event `conversation.dropped` with the reason',
    back: 'at once, in a fresh conversation',
    mail: 'comes again; nothing is counted',
    cells: HIVE,
  },
  missing_conversation: {
    about: 'the conversation is missing',
    causes: ['done'],
    seen: 'event `conversation.dropped`: the turn could not continue it',
    seenIn: {
      test: 'host/daemon/modules/turns/turns.test.ts',
      title: 'a dropped session is reported once, with its cause, after the end of its turn',
    },
    back: 'in the same turn, in a fresh conversation',
    mail: 'is handled in this turn',
    cells: everyDriver({ contract: 'a missing session is replaced in the same turn' }),
  },
  ending_message: {
    about: 'a message makes each conversation unusable',
    causes: ['conversation_spent'],
    seen: 'event `delivery.dead` and one message',
    back: 'by itself: other mail goes on',
    mail: 'the message is dead after two fresh conversations that it ended alone',
    cells: HIVE,
  },
  crash: {
    about: 'the CLI is killed in the middle of a turn',
    causes: ['turn_failed'],
    seen: 'event `cli.exited`',
    back: 'by itself, after growing pauses',
    mail: 'comes again; is counted on proof',
    cells: HIVE,
  },
  hang: {
    about: 'the CLI takes a message and never reacts',
    causes: ['time_over'],
    seen: 'event `cli.exited`',
    back: 'by itself, after growing pauses',
    mail: 'comes again; is counted on proof',
    cells: everyDriver({ contract: 'a hang ends with the time-out of the turn, and its program with it' }),
  },
  garbage: {
    about: 'the CLI prints what nobody understands',
    causes: ['done'],
    seen: 'event `turn.noise` with a sample',
    back: 'the turn goes on',
    mail: 'is handled in this turn',
    cells: everyDriver({ contract: 'garbage and events of unknown kinds are counted and ignored' }),
  },
  missing_program: {
    about: 'the program is missing in the box',
    causes: ['cli_broken'],
    seen: 'nothing else; an agent whose CLI is not in the toolchain is not created',
    back: 'after growing pauses; a missing CLI after `hivectl toolchain add` and a rebuild',
    mail: 'waits; is counted on proof',
    cells: everyDriver({ contract: 'a missing program is reported as such, and loses no session' }),
  },
  box_memory: {
    about: 'the box has no memory left',
    causes: ['box_short'],
    seen: 'the reason names the limit',
    back: 'by itself: leftover processes are ended',
    mail: WAITS,
    cells: inBox('out of memory: the turn whose CLI the kernel killed waits, and succeeds when memory is free again'),
  },
  box_processes: {
    about: 'the box has no processes left',
    causes: ['box_short'],
    seen: 'the reason names the limit',
    back: 'by itself: leftover processes are ended',
    mail: WAITS,
    cells: inBox('no more processes: mail waits until leftover processes are ended'),
  },
  box_disk: {
    about: '/tmp of the box is full',
    causes: ['box_short'],
    seen: 'the reason names the limit',
    back: 'by itself: /tmp is emptied',
    mail: WAITS,
    cells: inBox(
      '/tmp is full: commands are refused and turns continue; a failed turn is told why, and /tmp is emptied',
    ),
  },
  hived_away: {
    about: "hived, and so the hive's tools, die in the middle of an answer",
    causes: ['done', 'provider_away', 'turn_failed'],
    seen: 'event `hive.started`',
    back: 'when hived is back: the turn goes on, or is repeated',
    mail: 'is handled, or comes again',
    cells: HIVE,
  },
} as const satisfies Record<string, FaultRow>;

type Matrix = typeof FAULT_MATRIX;
/** The kinds of events that a row says the operator sees. */
export function eventsSeen({ seen }: FaultRow): string[] {
  return [...seen.matchAll(/\bevent `([^`]+)`/g)].map(([, kind = '']) => kind);
}

/** Rows that a whole hive shows, of at least one driver. */
export type HiveFault = {
  [Fault in keyof Matrix]: 'hive' extends Matrix[Fault]['cells'][DriverName] ? Fault : never;
}[keyof Matrix];

/** The faults that test/faults.test.ts shows with agents of this driver, in the order of the table. */
export function hiveFaults(driver: DriverName): HiveFault[] {
  return (Object.keys(FAULT_MATRIX) as (keyof Matrix)[]).filter((fault): fault is HiveFault => {
    const row: FaultRow = FAULT_MATRIX[fault];
    return row.cells[driver] === 'hive';
  });
}
