import type { AgentState } from './schemas/agent.ts';
import { TURN_PHASES, type TurnPhase } from './turn-phases.ts';

/** A state of an agent, with the steps of a turn in the place of `working`. */
export type State = Exclude<AgentState, 'working'> | TurnPhase;

/**
 * Groups of states:
 *
 *   box   no turn can run, because of the box
 *   rest  no turn runs; the next message begins one
 *   turn  a turn runs
 *   wait  the last turn did not end well; the next one waits for a time or an event
 *   hold  a person or the hive holds the agent; no turn begins until it is released
 */
export const STATE_GROUPS = ['box', 'rest', 'turn', 'wait', 'hold'] as const;
export type StateGroup = (typeof STATE_GROUPS)[number];

export interface StateRow {
  readonly group: StateGroup;
  /** What it means, as a sentence without its subject. */
  readonly means: string;
  /** The states that may follow. */
  readonly next: readonly State[];
  /** Whether the harness's engine has this state too; hived alone knows the others. */
  readonly engine: boolean;
}

/** The box may change at any moment, whatever the agent does. */
const BOX_CHANGES = ['stopping', 'rebuilding', 'starting', 'unreachable', 'failed'] as const;
const WAITS = ['rate_limited', 'needs_login', 'budget', 'outage', 'starved', 'backing_off'] as const;
const HOLDS = ['paused', 'taken_over', 'stuck'] as const;
/** After a turn, and when the reason that showed another of these states is over. */
const BETWEEN_TURNS = ['idle', 'blocked', ...WAITS, ...HOLDS] as const;

function without<T extends State>(states: readonly T[], left: State): T[] {
  return states.filter((state) => state !== left);
}

function box(means: string, next: readonly State[], engine = false): StateRow {
  return { group: 'box', means, next, engine };
}

function between(state: (typeof BETWEEN_TURNS)[number], row: Omit<StateRow, 'next'>): StateRow {
  const begins: State[] = row.group === 'hold' ? [] : ['waking'];
  return { ...row, next: [...begins, ...without(BETWEEN_TURNS, state), ...BOX_CHANGES] };
}

function wait(state: (typeof WAITS)[number], means: string): StateRow {
  return between(state, { group: 'wait', means, engine: true });
}

/** The engine is idle meanwhile: hived offers it no turn. */
function hold(state: (typeof HOLDS)[number], means: string): StateRow {
  return between(state, { group: 'hold', means, engine: false });
}

/**
 * The one transition table of agents and their turns. The engine of the harness checks each change against it
 * (harness/turn/modes.ts), hived derives an agent's state in its words (modules/agents/derive-state.ts), and docs,
 * `hivectl ps` and the page show it.
 */
export const STATES: Readonly<Record<State, StateRow>> = {
  stopped: box('declared stopped; no box runs', ['starting', 'failed', 'backing_off']),
  starting: box(
    'its box is being made, or its harness has not reported yet',
    [...BETWEEN_TURNS, ...without(BOX_CHANGES, 'starting')],
    true,
  ),
  rebuilding: box('its box is being replaced by the next generation', ['starting', 'stopping', 'failed']),
  stopping: box('its box is being stopped', ['stopped', 'starting'], true),
  unreachable: box('its box runs, but its harness has no contact', [
    ...TURN_PHASES,
    ...BETWEEN_TURNS,
    ...without(BOX_CHANGES, 'unreachable'),
  ]),
  failed: box('its box could not be made or keeps ending; it is tried again', ['starting', 'stopped', 'rebuilding']),

  idle: between('idle', { group: 'rest', means: 'waits for mail', engine: true }),
  blocked: between('blocked', {
    group: 'rest',
    means: 'waits for an answer to its question, or for an approval',
    engine: false,
  }),

  waking: {
    group: 'turn',
    means: 'a turn was offered; its prompt is composed',
    next: ['launching', ...BOX_CHANGES],
    engine: true,
  },
  launching: {
    group: 'turn',
    means: 'the CLI has the prompt, and nothing came from it yet',
    next: ['running', 'finishing', ...BOX_CHANGES],
    engine: true,
  },
  running: { group: 'turn', means: 'the CLI works', next: ['finishing', ...BOX_CHANGES], engine: true },
  finishing: {
    group: 'turn',
    means: 'the CLI has ended the turn; its outcome is reported',
    next: [...BETWEEN_TURNS, 'resting', ...BOX_CHANGES],
    engine: true,
  },
  resting: {
    group: 'turn',
    means: 'hived fails on every report of the turn; nothing is asked of it for a minute',
    next: [...BETWEEN_TURNS, ...BOX_CHANGES],
    engine: true,
  },

  rate_limited: wait('rate_limited', "waits for the end of the provider's limit"),
  needs_login: wait('needs_login', 'the provider refused the key or login; waits for another one'),
  budget: wait('budget', 'a budget is used up; goes on with its next window, or when it is raised'),
  outage: wait('outage', 'the model provider fails or is not reached; tries again'),
  starved: wait('starved', 'its box lacks memory, processes or disk; tries again'),
  backing_off: wait('backing_off', 'the last turn failed, or the disk is too full for a box; tries again'),

  paused: hold('paused', 'paused by the operator; ends with hivectl resume'),
  taken_over: hold('taken_over', 'a person works in its conversation; turns wait until that ends'),
  stuck: hold('stuck', 'made no progress in several turns and conversations; ends with hivectl resume'),
};

/** Whether a state may follow another one directly. */
export function mayFollow(from: State, to: State): boolean {
  return STATES[from].next.includes(to);
}

/** The state as people see it: the steps of a turn are one state. */
export function shownState(state: State): AgentState {
  return isPhase(state) ? 'working' : state;
}

function isPhase(state: State): state is TurnPhase {
  return (TURN_PHASES as readonly State[]).includes(state);
}

/** What a state means; of a running turn its step, if it is known. */
export function meaningOf(state: AgentState, phase?: TurnPhase): string {
  if (state !== 'working') return STATES[state].means;
  return phase === undefined ? 'a turn runs' : STATES[phase].means;
}

/** The states of a group, in the table's order. */
export function statesOf(group: StateGroup): State[] {
  return (Object.keys(STATES) as State[]).filter((state) => STATES[state].group === group);
}
