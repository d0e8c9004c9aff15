import type { AgentView } from '../../../protocol/schemas/agent.ts';
import type { Db } from '../../../store/open-store.ts';
import type { HarnessSight } from '../broker/harness-status.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { AgentRow } from '../store/agents.ts';
import { countMail } from '../store/mailboxes.ts';
import { openTurnOf } from '../store/turns.ts';
import { deriveState } from './derive-state.ts';
import { fingerprint } from './plan-box.ts';
import type { KeeperView } from './reconcile.ts';

/** What is known of an agent outside its row. */
export interface AgentContext {
  db: Db;
  clock: () => number;
  keeper: KeeperView;
  sight: HarnessSight | null;
  /** Milliseconds since its harness was heard of, as far as hived listened. */
  silentMs: number;
  activity: string | null;
  toolchainVersion: string;
  /** Every agent of the hive. */
  names: readonly AgentName[];
  timeZone: string;
  provider: string;
  rebuilding: boolean;
  /** See StateFacts. */
  held: { boxes: string | null; turns: string | null };
  disk: AgentView['disk'];
}

/** An agent as the operator sees it. */
export function describeAgent(row: AgentRow, context: AgentContext): AgentView {
  const { db, keeper, sight } = context;
  const box = keeper.box?.generation === row.generation ? keeper.box : null;
  const running = keeper.box?.state === 'running';
  const turn = openTurnOf(db, row.name);
  const derived = deriveState({
    desired: row.desired,
    stoppedWhy: row.stoppedWhy,
    held: context.held,
    boxRunning: running,
    boxStartedAt: box?.startedAt ?? null,
    rebuilding: context.rebuilding,
    trouble: keeper.trouble,
    engineAway: keeper.engineAway,
    helloAt: row.helloAt,
    silentMs: context.silentMs,
    status: sight?.status ?? null,
    turnOpen: turn !== null,
    notBefore: row.notBefore,
    now: context.clock(),
  });
  return {
    name: row.name,
    parent: row.parent,
    spec: row.spec,
    desired: row.desired,
    ...derived,
    activity: turn === null ? null : context.activity,
    turn: turn?.id ?? null,
    generation: row.generation,
    outdated:
      box !== null &&
      box.fingerprint !==
        fingerprint(row, {
          toolchainVersion: context.toolchainVersion,
          timeZone: context.timeZone,
          names: context.names,
        }),
    boxId: running ? (keeper.box?.id ?? null) : null,
    sessionId: row.sessionId,
    provider: context.provider,
    ...countMail(db, row.name),
    quietUntil: row.quietUntil,
    turns: row.turns,
    usage: row.usage,
    createdAt: row.createdAt,
    helloAt: row.helloAt,
    disk: context.disk,
  };
}
