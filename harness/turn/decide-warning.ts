import type { AgentSpec } from '../../protocol/schemas/agent.ts';
import { sayToolName } from '../../protocol/tool-names.ts';
import type { StuckRules, TurnConcern } from '../../protocol/schemas/harness.ts';
import type { TurnFacts } from './watch-turn.ts';

/** The limits of a turn; null is no limit. */
export interface TurnBounds {
  readonly timeoutMs: number;
  readonly calls: number | null;
  /** In characters. */
  readonly output: number | null;
}

/** The limits in an agent's spec. */
export function boundsOf(spec: Pick<AgentSpec, 'turnTimeoutMs' | 'turnToolCalls' | 'turnOutputKb'>): TurnBounds {
  const { turnTimeoutMs: timeoutMs, turnToolCalls: calls = 0, turnOutputKb: kb = 0 } = spec;
  return { timeoutMs, calls: calls === 0 ? null : calls, output: kb === 0 ? null : kb * 1_000 };
}

/** The running tool. */
export interface ToolState {
  readonly name: string;
  readonly runsMs: number;
  /** How long its processes have waited for input without using the processor; null: they do not. */
  readonly waitsMs: number | null;
}

export interface Situation {
  readonly facts: TurnFacts;
  readonly bounds: TurnBounds;
  readonly rules: StuckRules;
  readonly ranMs: number;
  readonly tool: ToolState | null;
  /** What the agent was asked about already in this turn; a tool's concern ends with the tool. */
  readonly asked: ReadonlySet<TurnConcern>;
}

export type Warning =
  | { readonly do: 'nothing' }
  /** Tell the agent, if the driver can; `text` is for the model. */
  | { readonly do: 'ask'; readonly about: TurnConcern; readonly text: string }
  /** Stop the turn. `limit`: a limit of the turn is reached; `stuck`: it makes no progress. */
  | { readonly do: 'stop'; readonly about: TurnConcern; readonly as: 'limit' | 'stuck'; readonly reason: string };

/** The last tenth of a limit is for the last words. */
const LAST_WORDS = 0.9;
/** But not more than this of the time. */
const LAST_WORDS_MS = 5 * 60_000;
/** After it was asked, a turn may go on for as often again, or if a tool runs for as long again and at most this long. */
const GRACE_MS = 60_000;

/**
 * Whether the running turn is close to a limit or makes no progress: it is asked first, and stopped when it goes on.
 * The time-out itself is the driver's.
 */
export function decideWarning(situation: Situation): Warning {
  for (const judge of [judgeCalls, judgeOutput, judgeRepeats, judgeTool, judgeTime]) {
    const warning = judge(situation);
    if (warning.do === 'stop' || (warning.do === 'ask' && !situation.asked.has(warning.about))) return warning;
  }
  return NOTHING;
}

const NOTHING: Warning = { do: 'nothing' };

function judgeCalls({ facts, bounds }: Situation): Warning {
  const { calls: limit } = bounds;
  if (limit === null || facts.calls < limit * LAST_WORDS) return NOTHING;
  if (facts.calls > limit)
    return stop('calls', 'limit', `The turn made more than ${limit} tool calls, the limit of its agent.`);
  return ask('calls', `you have made ${facts.calls} of the ${limit} tool calls of this turn. ${FINISH}`);
}

function judgeOutput({ facts, bounds }: Situation): Warning {
  const { output: limit } = bounds;
  if (limit === null || facts.output < limit * LAST_WORDS) return NOTHING;
  const kb = Math.round(limit / 1_000);
  if (facts.output > limit)
    return stop('output', 'limit', `The turn wrote more than ${kb} kB, the limit of its agent.`);
  return ask('output', `this turn has nearly written the ${kb} kB that it may. ${FINISH}`);
}

function judgeTime({ bounds, ranMs }: Situation): Warning {
  const leftMs = bounds.timeoutMs - ranMs;
  if (leftMs > Math.min(LAST_WORDS_MS, bounds.timeoutMs / 10)) return NOTHING;
  return ask('time', `this turn is ended in ${saySpan(Math.max(leftMs, 1_000))}. ${FINISH}`);
}

const FINISH = 'Bring it to an end now: save what you have, and say what is left to do.';

function judgeRepeats({ facts, rules }: Situation): Warning {
  const { repeat } = facts;
  if (rules.repeats === 0 || repeat === null) return NOTHING;
  // The same result again is worse than a wait for another one.
  const isSame = repeat.same >= rules.repeats;
  const times = isSame ? repeat.same : Math.floor(repeat.inARow / 2);
  if (times < rules.repeats) return NOTHING;
  const tool = sayToolName(repeat.tool);
  const how = isSame ? `${repeat.same} times, with the same result` : `${repeat.inARow} times in a row`;
  if (times >= 2 * rules.repeats) return stop('repeats', 'stuck', `It called ${tool} with the same input ${how}.`);
  return ask(
    'repeats',
    `you have called ${tool} with the same input ${how}. Do something else, or end the turn and say what is missing. If you go on like this, the turn is stopped.`,
  );
}

function judgeTool({ tool, rules, asked }: Situation): Warning {
  if (tool === null) return NOTHING;
  const name = sayToolName(tool.name);
  const waits = rules.waitingToolMs > 0 && (tool.waitsMs ?? 0) >= rules.waitingToolMs;
  const long = rules.toolMs > 0 && tool.runsMs >= rules.toolMs;
  if (!waits && !long) return NOTHING;
  const isOver = (ms: number, limitMs: number) => ms - limitMs >= Math.min(GRACE_MS, limitMs);
  const isLast =
    (waits && isOver(tool.waitsMs ?? 0, rules.waitingToolMs)) || (long && isOver(tool.runsMs, rules.toolMs));
  const how = waits
    ? `waits for input, which nobody gives, for ${saySpan(tool.waitsMs ?? 0)}`
    : `has been running for ${saySpan(tool.runsMs)}`;
  // A look may come late: nothing is stopped that was not asked about.
  if (isLast && asked.has('tool')) return stop('tool', 'stuck', `Its tool ${name} ${how}.`);
  return ask('tool', `your tool ${name} ${how}. Give commands their input, and do not wait for what takes long.`);
}

function ask(about: TurnConcern, text: string): Warning {
  return { do: 'ask', about, text: `(From the hive: ${text})` };
}

function stop(about: TurnConcern, as: 'limit' | 'stuck', reason: string): Warning {
  return { do: 'stop', about, as, reason };
}

function saySpan(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
