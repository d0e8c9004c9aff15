import type { AgentName } from '../../../../protocol/names.ts';
import type { OpOutput, OpParsed } from '../../../../protocol/op.ts';
import type { agentSurface } from '../../../../protocol/operations/agent.ts';
import type { AgentSpec, UsageTotals } from '../../../../protocol/schemas/agent.ts';
import type { HeartbeatOutput, StuckRules } from '../../../../protocol/schemas/harness.ts';
import type { RawLimits } from '../../../../protocol/schemas/raw-lines.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { Writer } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import type { SessionDeps } from '../sessions/plan-session.ts';
import type { HarnessWatch } from './harness-watch.ts';
import type { Starts } from './starts.ts';
import type { TurnDeps, TurnLimits } from './turns.ts';
import type { Waiters } from './waiters.ts';

type AgentOps = typeof agentSurface;
/** Input and output of a harness's operation (protocol/operations/agent.ts). */
export type In<K extends keyof AgentOps> = OpParsed<AgentOps[K]>;
export type Out<K extends keyof AgentOps> = OpOutput<AgentOps[K]>;

export interface TurnServiceDeps {
  db: Db;
  writer: Writer;
  memory: AgentMemory;
  mail: MailContext;
  waiters: Waiters;
  harnesses: HarnessWatch;
  /** Facts about the agents' model providers. */
  providers: ProviderFacts;
  /** The date of a time in the hive's time zone. */
  dayOf: (at: number) => string;
  /** How conversations are chosen. */
  sessions: SessionDeps;
  /** An agent's harness was told another model than before. */
  onModelTold?: (() => Promise<void>) | undefined;
  /** The disk guard: whether a turn may begin, and whether writes are refused. */
  disk?: { mayBegin(): boolean; refuse(): void } | undefined;
  starts: Starts;
}

/** Facts about model providers that turns need. */
export interface ProviderFacts {
  /** The model's name for the CLI of an agent with this spec. */
  modelOf(spec: AgentSpec): string;
  /** Corrects the CLI's own count of an agent's turn by the provider's accounting. */
  correctUsage(agent: AgentName, usage: UsageTotals): UsageTotals;
  /**
   * When the limit that the agent reached since `since` ends; null when it reached none, or the end is
   * unknown. Epoch milliseconds.
   */
  limitEnd(agent: AgentName, since: number): number | null;
  /** The budget that stopped a call of the agent since `since`; null when none did. */
  budgetStop(agent: AgentName, since: number): NonNullable<HeartbeatOutput['budget']> | null;
}

/** The limits of turns, and those that a harness is told. */
export interface HarnessLimits extends TurnLimits {
  warmIdleMs: number;
  stuck: StuckRules;
  rawLimits: RawLimits;
}

/** What the parts of the turn service share: their dependencies, and those of transactions on turns. */
export interface TurnParts extends TurnServiceDeps {
  limits: HarnessLimits;
  turns: TurnDeps;
}
