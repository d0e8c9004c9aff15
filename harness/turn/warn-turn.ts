import type { StuckRules, TurnConcern } from '../../protocol/schemas/harness.ts';
import type { ToolProcesses } from '../box/inspect-tool.ts';
import type { Driver, Verdict } from '../driver/driver.ts';
import type { Emit } from '../spool/spool.ts';
import { decideWarning, type ToolState, type TurnBounds } from './decide-warning.ts';
import type { TurnWatch } from './watch-turn.ts';

export interface WarnParts {
  readonly turn: number;
  readonly watch: TurnWatch;
  readonly driver: Pick<Driver, 'say' | 'activity'>;
  readonly bounds: TurnBounds;
  readonly rules: StuckRules;
  readonly emit: Emit;
  readonly now: () => number;
  /** The processes of the running tool; null where they cannot be inspected. */
  readonly inspectTool: (cli: number) => Promise<ToolProcesses | null>;
  /** Stops the turn; `verdict` takes the place of the driver's "interrupted". Called once. */
  readonly stop: (verdict: Verdict) => void;
  /** The turn is being stopped, by whomever: nothing is decided any more. */
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

/** Watches a turn while it runs. */
export interface Warnings {
  /** A tool has ended: decide now. */
  check(): void;
  end(): void;
}

const EVERY_MS = 5_000;

/** Asks and stops the running turn as decideWarning says, every few seconds and after each result of a tool. */
export function warnTurn(parts: WarnParts): Warnings {
  const { turn, watch, driver, now } = parts;
  const beganAt = now();
  const asked = new Set<TurnConcern>();
  let stopped = false;
  let waiting: { readonly tool: number; readonly ticks: number; readonly since: number } | null = null;

  function check(): void {
    if (stopped || parts.signal.aborted) return;
    const running = driver.activity()?.tool ?? null;
    if (running === null) {
      waiting = null;
      asked.delete('tool');
    }
    const tool: ToolState | null =
      running === null
        ? null
        : {
            name: running.name,
            runsMs: now() - running.since,
            waitsMs: waiting === null ? null : now() - waiting.since,
          };
    const { bounds, rules } = parts;
    const warning = decideWarning({ facts: watch.facts(), bounds, rules, ranMs: now() - beganAt, tool, asked });
    if (warning.do === 'nothing') return;
    const { about } = warning;
    if (warning.do === 'ask') {
      asked.add(about);
      if (driver.say({ text: warning.text, messages: [] }))
        parts.emit('turn.warning', { turn, about, step: 'asked', text: warning.text });
      return;
    }
    stopped = true;
    parts.emit('turn.warning', { turn, about, step: 'stopped', text: warning.reason });
    parts.stop(
      warning.as === 'limit'
        ? { kind: 'timed_out', reason: warning.reason }
        : { kind: 'stuck', reason: warning.reason },
    );
  }

  /** How long the tool's processes have done nothing but wait for input, by two looks with the same processor time. */
  async function look(): Promise<void> {
    const { cli } = watch.facts();
    const running = driver.activity()?.tool ?? null;
    const found = running === null || cli === null ? null : await parts.inspectTool(cli);
    if (running === null || found === null || !found.readsInput) waiting = null;
    else if (waiting?.tool !== running.since || waiting.ticks !== found.ticks)
      waiting = { tool: running.since, ticks: found.ticks, since: now() };
    check();
  }

  const timer = setInterval(() => void look(), parts.everyMs ?? EVERY_MS);
  timer.unref();
  return {
    check,
    end: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}
