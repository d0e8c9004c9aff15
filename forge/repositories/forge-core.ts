import type { Db } from '../../store/open-store.ts';
import type { FoundSecret } from '../../system/redact/find-secrets.ts';
import type { Slots } from '../../system/slots.ts';
import type { CheckSignals } from '../checks/check-signals.ts';
import type { KnownMerges } from '../pulls/mergeable.ts';
import type { DiffCache } from '../git/diff-cache.ts';
import type { Git } from '../git/process.ts';
import type { Limits } from '../limits.ts';
import type { Outside } from '../outside/run-git.ts';
import type { Roster } from '../roster.ts';
import type { Log } from '../../system/log.ts';
import type { Suites } from '../queue/suites.ts';
import type { Outbox } from './outbox.ts';
import type { PushLocks } from './push-locks.ts';
import type { Places } from './places.ts';

/** Dependencies of the forge's operations; created once in forge.ts. */
export interface ForgeCore {
  readonly db: Db;
  /** Opens another database as the forge's, of the same version afterwards. Throws `newer_database`, `foreign_root`. */
  readonly openDatabase: (path: string) => Db;
  /** Ends the forge in order: hived starts it again. */
  readonly restart: () => void;
  readonly git: Git;
  readonly places: Places;
  readonly outbox: Outbox;
  /** The way to hosts outside, by the gateway. */
  readonly outside: Outside;
  readonly checks: CheckSignals;
  readonly limits: Limits;
  readonly log: Log;
  /** The owners of repositories, as hived last listed them. */
  readonly owners: Pick<Roster, 'isSet' | 'isOwnerKnown' | 'ownerOf' | 'findCaller' | 'isMadeBy' | 'roleOf'>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Milliseconds that never run backwards. */
  readonly steady: () => number;
  /** For serving clients: fair among callers. */
  readonly slots: Slots<string>;
  /** For reading histories for clients of the API: a few concurrently, one per caller. */
  readonly readSlots: Slots<string>;
  /** For imports and mirrors: a few at once, one for each repository (by its name). */
  readonly transfers: Slots<string>;
  readonly diffs: DiffCache;
  readonly merges: KnownMerges;
  /** One change of branches at a time in each repository, so that each has one author. */
  readonly pushLocks: PushLocks;
  /** The rows of pushes that this forge serves: they are recorded by themselves, also when their git has ended. */
  readonly ownPushes: Set<number>;
  /** Maintenance of one repository at a time. */
  readonly upkeepSlot: Slots<string>;
  /** For each repository one look at a time whether pushes left many packs. */
  readonly packLooks: Slots<string>;
  /**
   * The secrets in a stream, found by hived: the forge does not hold them. `open` may be called again. See
   * searchForSecrets.
   */
  readonly findSecrets: (open: () => AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<readonly FoundSecret[]>;
  /** The checks of commits, as the merge queue uses them. */
  readonly suites: Suites;
  /** Makes the forge wait for this before it closes its store; returns the same promise. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
  /** Tracked work without a caller; failures are logged. */
  readonly inBackground: (work: () => Promise<void>) => void;
  /** Aborts when the forge shuts down: nothing new is begun, long polls answer. */
  readonly stopping: AbortSignal;
}
