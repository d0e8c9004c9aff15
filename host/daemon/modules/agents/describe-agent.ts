import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { ModelEntry } from '../../../../protocol/schemas/model.ts';
import type { HarnessReport } from '../turns/harness-watch.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentBrief, AgentRow } from './store/agents.ts';
import { type DerivedState, deriveState } from './derive-state.ts';
import { fingerprint } from '../boxes/plan-box.ts';
import type { Standing } from './read-standings.ts';
import type { KeeperView } from '../boxes/reconcile.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';

/** The facts beside an agent's row from which its state is derived. */
export interface StateContext {
  now: number;
  standing: Standing;
  keeper: KeeperView;
  report: HarnessReport | null;
  /** Milliseconds since the last contact of its harness; time in which hived did not run does not count. */
  silentMs: number;
  /** See StateFacts. */
  held: { boxes: string | null; turns: string | null };
}

/** Further facts about an agent that are not in its row. */
export interface AgentContext {
  state: StateContext;
  activity: string | null;
  toolchainVersion: ToolchainVersions;
  /** Every agent of the hive. */
  names: readonly AgentName[];
  timeZone: string;
  provider: string;
  entries: readonly ModelEntry[];
  disk: AgentView['disk'];
}

/** The state of an agent, from a part of its row. */
export function describeState(
  row: Omit<AgentBrief, 'name' | 'parent' | 'role' | 'note'>,
  context: StateContext,
): DerivedState {
  const { keeper, standing } = context;
  return deriveState({
    desired: row.desired,
    stoppedWhy: row.stoppedWhy,
    held: context.held,
    boxRunning: keeper.box?.state === 'running',
    boxMadeAt: keeper.box?.generation === row.generation ? keeper.box.madeAt : null,
    rebuilding: standing.rebuilding,
    trouble: keeper.trouble,
    engineAway: keeper.engineAway,
    helloAt: row.helloAt,
    silentMs: context.silentMs,
    status: context.report?.status ?? null,
    holds: row.holds,
    waitsFor: standing.waitsFor,
    turnOpen: standing.turn !== null,
    notBefore: row.notBefore,
    turnWaitsFor: context.report?.waitsFor ?? null,
    now: context.now,
  });
}

/**
 * An agent as the operator sees it. Fields are listed one by one: spreads would take half the time of a list of
 * hundreds.
 */
export function describeAgent(row: AgentRow, context: AgentContext): AgentView {
  const { keeper, standing } = context.state;
  const { state, reason, until } = describeState(row, context.state);
  const box = keeper.box?.generation === row.generation ? keeper.box : null;
  return {
    name: row.name,
    parent: row.parent,
    spec: row.spec,
    desired: row.desired,
    state,
    ...(state === 'working' ? { phase: context.state.report?.phase ?? 'waking' } : {}),
    reason,
    until,
    activity: standing.turn === null ? null : context.activity,
    turn: standing.turn,
    generation: row.generation,
    outdated: box !== null && box.fingerprint !== fingerprint(row, context),
    ...(box?.cli == null ? {} : { cli: box.cli }),
    boxId: keeper.box?.state === 'running' ? keeper.box.id : null,
    sessionId: row.sessionId,
    provider: context.provider,
    ...(context.entries.length === 0 ? {} : { entries: [...context.entries] }),
    queued: standing.mail.queued,
    ...(standing.mail.riding === 0 ? {} : { riding: standing.mail.riding }),
    leased: standing.mail.leased,
    dead: standing.mail.dead,
    ...(row.note === '' ? {} : { note: row.note }),
    ...(row.holds.length === 0 ? {} : { holds: [...row.holds] }),
    quietUntil: row.quietUntil,
    turns: row.turns,
    usage: row.usage,
    createdAt: row.createdAt,
    helloAt: row.helloAt,
    disk: context.disk,
  };
}
