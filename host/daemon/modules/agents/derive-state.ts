import type { AgentState } from '../../../../protocol/schemas/agent.ts';
import type { AgentHold } from '../../../../protocol/schemas/hold.ts';
import type { HarnessState } from '../../../../protocol/schemas/harness.ts';

/** The facts from which an agent's one-word state is derived. */
export interface StateFacts {
  desired: 'running' | 'stopped';
  /** Why the hive itself stopped it, if it did. */
  stoppedWhy: string | null;
  /** Why no box may run now (`boxes`), or no turn may begin (`turns`), for the whole hive's sake. */
  held: { boxes: string | null; turns: string | null };
  boxRunning: boolean;
  boxMadeAt: number | null;
  rebuilding: boolean;
  /** Why the box last failed to run, and when it is tried again. */
  trouble: { reason: string; retryAt: number | null } | null;
  engineAway: boolean;
  helloAt: number | null;
  /** Time since the last contact of the harness; time in which hived did not run does not count. */
  silentMs: number;
  status: HarnessState | null;
  /** What holds it between turns. */
  holds: readonly AgentHold[];
  /** Its open questions and approvals, in words; null without any. */
  waitsFor: string | null;
  turnOpen: boolean;
  notBefore: number | null;
  /** Why the turn for its waiting mail has not begun yet; null: nothing keeps it. */
  turnWaitsFor: string | null;
  now: number;
}

export interface DerivedState {
  state: AgentState;
  reason: string | null;
  until: number | null;
}

/** A harness sends a heartbeat every ten seconds; after three missed ones it is silent. */
export const SILENT_AFTER_MS = 30_000;
/** The clocks of engine and hived may differ a little. */
const CLOCK_SLACK_MS = 2_000;

/** The states and what may follow each are declared in protocol/agent-states.ts. */
export function deriveState(facts: StateFacts): DerivedState {
  if (facts.desired === 'stopped')
    return { state: facts.boxRunning ? 'stopping' : 'stopped', reason: facts.stoppedWhy, until: null };
  if (facts.held.boxes !== null) return { state: 'backing_off', reason: facts.held.boxes, until: null };
  if (facts.rebuilding)
    return { state: 'rebuilding', reason: facts.trouble?.reason ?? null, until: facts.trouble?.retryAt ?? null };
  if (!facts.boxRunning) {
    if (facts.engineAway) return { state: 'failed', reason: 'the container engine does not answer', until: null };
    if (facts.trouble !== null) return { state: 'failed', reason: facts.trouble.reason, until: facts.trouble.retryAt };
    return plain('starting');
  }
  const heard =
    facts.helloAt !== null && (facts.boxMadeAt === null || facts.helloAt + CLOCK_SLACK_MS >= facts.boxMadeAt);
  if (!heard) return plain('starting');
  if (facts.silentMs > SILENT_AFTER_MS)
    return {
      state: 'unreachable',
      reason: `its harness was not heard of for ${Math.round(facts.silentMs / 1000)} s`,
      until: null,
    };
  const [hold] = facts.holds;
  if (facts.turnOpen)
    return {
      state: 'working',
      reason: (facts.status?.state === 'working' ? facts.status.reason : null) ?? sayComing(hold),
      until: null,
    };
  if (hold !== undefined) return { state: hold.kind, reason: sayHold(hold), until: null };
  const parked = facts.notBefore !== null && facts.notBefore > facts.now;
  if (parked) {
    const state = facts.status?.state;
    const known = state !== undefined && isParked(state) ? state : 'backing_off';
    return { state: known, reason: facts.status?.reason ?? 'the last turn did not end well', until: facts.notBefore };
  }
  if (facts.held.turns === null && facts.waitsFor !== null)
    return { state: 'blocked', reason: facts.waitsFor, until: null };
  return { state: 'idle', reason: facts.held.turns ?? facts.turnWaitsFor, until: null };
}

const PARKED = ['rate_limited', 'needs_login', 'outage', 'starved', 'budget'] as const;

function isParked(state: string): state is (typeof PARKED)[number] {
  return PARKED.some((parked) => parked === state);
}

function sayHold({ by, reason }: AgentHold): string {
  return reason === null ? `by ${by}` : `${reason} (by ${by})`;
}

/** The turn of an agent that is held goes on to its end. */
function sayComing(hold: AgentHold | undefined): string | null {
  return hold === undefined ? null : `${hold.kind.replaceAll('_', ' ')} when this turn has ended`;
}

function plain(state: AgentState): DerivedState {
  return { state, reason: null, until: null };
}
