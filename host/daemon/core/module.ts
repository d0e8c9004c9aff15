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

/** Who asks on the operator's behalf; said in events. */
export type OperatorCaller = 'dashboard' | 'hivectl';

type Operators = typeof operatorSurface;

/** What each audience may ask. Who the caller is, hived knows from the socket. */
export interface AudienceHandlers {
  agent: Handlers<typeof agentSurface, AgentName>;
  /** A person, by the page as by hivectl. */
  operator: Handlers<Operators, OperatorCaller>;
  /** A person, by hivectl alone. */
  admin: Handlers<Omit<typeof adminSurface, keyof Operators>, OperatorCaller>;
  /** The dashboard process, for its own work. */
  dashboard: Handlers<Omit<typeof dashboardSurface, keyof Operators>, OperatorCaller>;
  gateway: Handlers<typeof gatewayReportSurface, 'gateway'>;
}

/** One module's part of what each audience may ask. That all parts make a whole is held by `composeHandlers`. */
export type ModuleHandlers = { readonly [A in keyof AudienceHandlers]?: Partial<AudienceHandlers[A]> };

/** An agent whose row goes, within the transaction that takes it. */
export interface RetiredAgent {
  readonly name: AgentName;
  /** Gets its children; null for one that had no parent. */
  readonly parent: AgentName | null;
  /** In the hive's own words, for receipts and notices. */
  readonly reason: string;
}

/**
 * One domain of hived, as the core sees it. The core loops over the list of modules and knows none by name; a member
 * that is left out means that this domain has nothing to do then.
 */
export interface Module {
  readonly name: string;
  /** Operation → handler, for each audience. */
  readonly handlers?: ModuleHandlers;

  /** An agent is retired: ends or deletes every row of this domain that the agent owns, in that transaction. */
  onAgentRetired?(tx: Tx, agent: RetiredAgent): void;
  /**
   * Ends what no transaction can: files, sockets, other processes' knowledge; memory from `AgentMemory.keep` is emptied by
   * the core. Called after the agent's row is gone, and again at the next start when hived died meanwhile: what is gone already must be fine.
   */
  forgetAgent?(name: AgentName): void | Promise<void>;
  /** A message is deleted for its age: deletes the rows of this domain that belong to it, before its own goes. */
  onMessageDeleted?(tx: Tx, message: { id: number; body: string }): void;

  /** When time brings something about in this domain (epoch ms); null for never. Asked at least once a second. */
  nextDueAt?(now: number): number | null;
  /** Does what is due at `now` (epoch ms), the time that was judged, in transactions of bounded size. */
  fireDue?(now: number): Promise<void>;
  /** The clock was set, or hived did not run for a while. Called before anything is found due by the new time. */
  onBrokenTime?(how: TimePassed): void;

  /** What is deleted for its age. */
  readonly retention?: readonly RetentionRule[];
  /** Other upkeep, called once a second: a bounded piece each time. */
  tidy?(budget: TidyBudget): Promise<void>;
  /**
   * Work of its own, begun once when the hive's sockets answer: goes on until the signal fires and resolves when it has
   * ended. `onError` logs under the module's name; a rejection is logged the same way and begins nothing anew.
   */
  run?(signal: AbortSignal, onError: (error: unknown) => void): Promise<void>;

  /** An event, after its commit. What happens in an event's own transaction is registered with `EventLog.during`. */
  hear?(event: HiveEvent): void;
}
