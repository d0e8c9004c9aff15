import type { AgentName } from '../../../protocol/names.ts';
import type { adminSurface } from '../../../protocol/operations/admin.ts';
import type { agentSurface } from '../../../protocol/operations/agent.ts';
import type { dashboardSurface, operatorSurface } from '../../../protocol/operations/operator.ts';
import type { gatewayReportSurface } from '../../../protocol/operations/services.ts';
import type { HiveEvent } from '../../../protocol/schemas/event.ts';
import type { Handlers } from '../../../wire/routes.ts';
import type { TimePassed } from './judge-time.ts';
import type { RetentionRule } from './retention.ts';
import type { TidyBudget } from './upkeep.ts';
import type { Tx } from './writer.ts';

/** The program through which the operator asks; recorded in events. */
export type OperatorCaller = 'dashboard' | 'hivectl';

type Operators = typeof operatorSurface;

/** The operations of each audience. hived knows the caller from the socket. */
export interface AudienceHandlers {
  agent: Handlers<typeof agentSurface, AgentName>;
  /** A person, through the page or hivectl. */
  operator: Handlers<Operators, OperatorCaller>;
  /** A person, through hivectl only. */
  admin: Handlers<Omit<typeof adminSurface, keyof Operators>, OperatorCaller>;
  /** The dashboard process, for its own work. */
  dashboard: Handlers<Omit<typeof dashboardSurface, keyof Operators>, OperatorCaller>;
  gateway: Handlers<typeof gatewayReportSurface, 'gateway'>;
}

/**
 * One module's handlers for each audience. `composeHandlers` checks that all modules together cover every operation.
 */
export type ModuleHandlers = { readonly [A in keyof AudienceHandlers]?: Partial<AudienceHandlers[A]> };

/** An agent whose row is deleted in this transaction. */
export interface RetiredAgent {
  readonly name: AgentName;
  /** Inherits its children; null for an agent without a parent. */
  readonly parent: AgentName | null;
  /** In the hive's own text, for receipts and notices. */
  readonly reason: string;
}

/**
 * One domain of hived, as the core sees it. The core loops over the list of modules and knows none by name; an absent
 * member means that this domain has nothing to do.
 */
export interface Module {
  readonly name: string;
  /** Operation → handler, for each audience. */
  readonly handlers?: ModuleHandlers;

  /** An agent is retired: ends or deletes every row of this domain that the agent owns, in that transaction. */
  onAgentRetired?(tx: Tx, agent: RetiredAgent): void;
  /**
   * Ends resources that no transaction can: files, sockets, other processes' knowledge; memory from `AgentMemory.keep`
   * is emptied by the core. Called after the agent's row is gone, and again at the next start when hived died
   * meanwhile: it must accept that its work is done already.
   */
  forgetAgent?(name: AgentName): void | Promise<void>;
  /** A message is pruned: deletes the rows of this domain that belong to it, before the message itself. */
  onMessageDeleted?(tx: Tx, message: { id: number; body: string }): void;

  /** When work of this domain falls due (epoch ms); null for never. Called at least once a second. */
  nextDueAt?(now: number): number | null;
  /** Does the work that is due at `now` (epoch ms), the time of the judgement, in bounded transactions. */
  fireDue?(now: number): Promise<void>;
  /** The clock was set, or hived did not run for a while. Called before work is found due by the new time. */
  onBrokenTime?(how: TimePassed): void;

  /** Rows that are deleted by age. */
  readonly retention?: readonly RetentionRule[];
  /** Other upkeep, called once a second: a bounded step each time. */
  tidy?(budget: TidyBudget): Promise<void>;
  /**
   * Background work of the module, started once when the hive's sockets answer: continues until the signal fires and
   * resolves when it has ended. `onError` logs under the module's name; a rejection is logged the same way and restarts
   * nothing.
   */
  run?(signal: AbortSignal, onError: (error: unknown) => void): Promise<void>;

  /**
   * Receives an event after its commit. Listeners inside the event's transaction are registered with
   * `EventLog.during`.
   */
  onEvent?(event: HiveEvent): void;
}
