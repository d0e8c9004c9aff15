import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, MANAGER, SYSTEM } from '../../../../protocol/names.ts';
import type { AgentView, AgentWithoutCli } from '../../../../protocol/schemas/agent.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { MailContext } from '../mail/mail-context.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { EventLog } from '../../core/event-log.ts';
import { bootFacts, listAgents, nextGeneration, setDesired } from '../agents/queries.ts';
import { deliveryStateOf, ridesAlong } from '../mail/queries.ts';
import { endIntent, insertIntent, type IntentRow, openIntents, setIntentData } from './store/intents.ts';
import { openTurnOf } from '../turns/queries.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';
import { missingCli, requireCli } from './require-cli.ts';
import { requireEngine } from './require-engine.ts';
import type { Fleet } from '../agents/fleet.ts';
import { createWakeups, pause } from '../../../../system/pause.ts';

export interface RebuildDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  mail: Pick<MailContext, 'post'>;
  turns: Pick<Turns, 'interrupt' | 'releaseOpenTurn'>;
  fleet: Pick<Fleet, 'keepers' | 'views'>;
  runtime: Pick<Runtime, 'ping' | 'hasImage'>;
  /** Read again at each call. */
  toolchainVersions: () => ToolchainVersions;
  clock: () => number;
  managerWaitMs: number;
  onError: (error: unknown) => void;
}

/**
 * Rebuilding. A rebuild is an intent in the store:
 *
 *   begun (generation + 1, the message about it, in one transaction)
 *     ──the keeper replaces the box──► its harness says hello ──► ended
 *
 * The message is leased only to a box of the new generation (modules/turns/policy/turn.ts), so it can never be
 * taken by the box that is about to go. A rebuild of all or several is an intent of its own:
 *
 *   manager idle: begun ──its turn about it is over, or the time limit──► the others begun as each is idle
 *     ──all ended──► ended
 *
 * "Idle" is without a running turn; with `now` turns are cut instead of waited for. If the message starts no turn of the
 * manager, its new box is waited for instead.
 */
export type Rebuilds = ReturnType<typeof createRebuilds>;

/** Pause between attempts of a rebuild of all that failed. */
const RETRY_MS = 5_000;
/** Agents are checked again after this time in case an event was missed. */
const LOOK_MS = 60_000;

interface AllData {
  waiting: AgentName[];
  agents: AgentName[];
  reason: string;
  by: string;
  /** Running turns are interrupted, not waited for. Absent in intents of older hives, which interrupted them. */
  now?: boolean;
  managerMessage: number | null;
  managerDeadline: number;
}

function sayNames(names: readonly AgentName[]): string {
  const more = names.length - 5;
  return `${names.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export function createRebuilds(deps: RebuildDeps) {
  const { db, writer, events, mail, fleet, clock } = deps;
  const stop = new AbortController();
  let running: Promise<void> | null = null;

  /** Begins the next generation of an agent's box in a transaction; returns the id of the message about it. */
  function begin(tx: Tx, name: AgentName, why: { reason: string; by: string }): number {
    const generation = nextGeneration(tx.db, name);
    for (const older of openIntents(tx.db, 'rebuild', name))
      endIntent(tx.db, older.id, { at: clock(), result: 'overtaken' });
    insertIntent(tx.db, { kind: 'rebuild', agent: name, data: { generation }, at: clock() });
    setDesired(tx.db, name, 'running');
    events.append(tx, 'agent.rebuilding', { agent: name, data: { generation, by: why.by } });
    const body = [
      `Your box was rebuilt: this is generation ${generation}. Reason: ${why.reason}.`,
      'Your files, mailbox and conversation were kept; processes and /tmp were not.',
      'If you were in the middle of something, check how far it got and go on. Otherwise nothing is to be done.',
    ].join('\n');
    const notice = openTurnOf(tx.db, name) === null ? 'rebuild' : 'interruption';
    return mail.post(tx, { sender: SYSTEM, kind: 'system', notice, to: name, body }).id;
  }

  async function rebuild(name: AgentName, why: { reason: string; by: string }): Promise<AgentView> {
    const now = fleet.views.allow('rebuild', name);
    requireCli(now.spec.driver, deps.toolchainVersions());
    await requireEngine(deps.runtime, now.spec.image);
    await writer.write((tx) => begin(tx, name, why));
    await fleet.keepers.of(name).reconcile();
    return fleet.views.view(name);
  }

  /**
   * Rebuilds the running agents, or those of them that are in `only`, except those whose CLI is not in the toolchain:
   * their boxes stay as they are. With `now` while an earlier call waits for running turns of the same agents: that call
   * stops waiting and includes the agents it did not have. Throws `unknown_agent`, `busy`, `engine_unavailable`, `image_missing`.
   */
  async function rebuildAll(how: {
    reason: string;
    by: string;
    now: boolean;
    only: readonly AgentName[] | null;
  }): Promise<{ agents: AgentName[]; withoutCli: AgentWithoutCli[] }> {
    const { only, ...why } = how;
    for (const name of only ?? []) fleet.views.view(name);
    const isMeant = (name: AgentName) => only === null || only.includes(name);
    const versions = deps.toolchainVersions();
    const running = listAgents(db).filter((row) => row.desired === 'running' && isMeant(row.name));
    const rows: typeof running = [];
    const withoutCli: AgentWithoutCli[] = [];
    for (const row of running) {
      const cli = missingCli(row.spec.driver, versions);
      if (cli === null) rows.push(row);
      else withoutCli.push({ name: row.name, cli });
    }
    for (const image of new Set(rows.map((row) => row.spec.image))) await requireEngine(deps.runtime, image);
    const agents = rows.map((row) => row.name);
    await writer.write((tx) => {
      const [waits] = openIntents(tx.db, 'rebuild_all');
      const open = waits?.data as unknown as AllData | undefined;
      if (waits !== undefined && why.now && open?.now === false && open.waiting.every(isMeant)) {
        const more = agents.filter((name) => !open.agents.includes(name));
        const data = { ...open, now: true, waiting: [...open.waiting, ...more], agents: [...open.agents, ...more] };
        setIntentData(tx.db, waits.id, data);
        events.append(tx, 'rebuild_all.started', { data: { agents, by: why.by } });
        return;
      }
      if (waits !== undefined)
        throw new HiveError(
          'busy',
          `Agents are being rebuilt already (${sayNames(open?.agents ?? [])}). Try again when it is over.`,
          { details: { command: 'hivectl events -f' } },
        );
      const data: AllData = {
        ...why,
        waiting: agents,
        agents,
        managerMessage: null,
        managerDeadline: clock() + deps.managerWaitMs,
      };
      insertIntent(tx.db, { kind: 'rebuild_all', agent: null, data: { ...data }, at: clock() });
      events.append(tx, 'rebuild_all.started', { data: { agents, by: why.by } });
    });
    resume();
    return { agents, withoutCli };
  }

  /** Continues rebuilds that were begun and not ended, now or before a crash. */
  function resume(): void {
    running ??= runOpen();
  }

  /** Never rejects. Goes on while an intent is open, so that intents inserted meanwhile are not missed. */
  async function runOpen(): Promise<void> {
    await endReached().catch(deps.onError);
    while (!stop.signal.aborted) {
      const [next] = openIntents(db, 'rebuild_all');
      if (next === undefined) break;
      await runAll(next).catch(async (error: unknown) => {
        deps.onError(error);
        await pause(RETRY_MS, stop.signal);
      });
    }
    // In the same tick as the last, empty check.
    running = null;
  }

  async function runAll(intent: IntentRow): Promise<void> {
    // Read again each time: a call with `now` changes the open intent.
    const read = (on: Db) =>
      (openIntents(on, 'rebuild_all').find(({ id }) => id === intent.id)?.data ?? intent.data) as unknown as AllData;
    const mayBegin = (on: Db, name: AgentName) => read(on).now !== false || openTurnOf(on, name) === null;

    /** Begins those of the agents that may now; false when none may. The others stay in `waiting`. */
    async function beginReady(names: readonly AgentName[]): Promise<boolean> {
      const ready = await writer.write((tx) => {
        const data = read(tx.db);
        const now = names.filter((name) => mayBegin(tx.db, name));
        for (const name of now) {
          // Agents that were stopped or destroyed meanwhile stay so.
          const message = bootFacts(tx.db, name)?.desired === 'running' ? begin(tx, name, data) : null;
          if (name === MANAGER) data.managerMessage = message;
        }
        const waiting = data.waiting.filter((name) => !now.includes(name));
        const managerDeadline = clock() + deps.managerWaitMs;
        setIntentData(tx.db, intent.id, { ...data, waiting, managerDeadline });
        return now;
      });
      for (const name of ready) void fleet.keepers.of(name).reconcile();
      return ready.length > 0;
    }
    async function beginAll(names: () => AgentName[]): Promise<void> {
      while (names().length > 0 && !stop.signal.aborted)
        if (!(await beginReady(names()))) await until(() => names().some((name) => mayBegin(db, name)), LOOK_MS);
    }
    /** Whether the manager's turn about its rebuild is over, or, if the message starts none, whether its new box runs. */
    const isOver = (message: number) =>
      ridesAlong(db, message, MANAGER)
        ? openIntents(db, 'rebuild', MANAGER).length === 0
        : ['done', 'dead'].includes(deliveryStateOf(db, message, MANAGER) ?? 'dead');
    const lateOf = (on: Db) => read(on).agents.filter((name) => openIntents(on, 'rebuild', name).length > 0);

    await beginAll(() => read(db).waiting.filter((name) => name === MANAGER));
    const { managerMessage, managerDeadline } = read(db);
    if (managerMessage !== null)
      await until(
        () => isOver(managerMessage),
        // Never longer than the limit, even if the clock was set meanwhile.
        Math.min(managerDeadline - clock(), deps.managerWaitMs),
      );
    for (let ended = false; !ended && !stop.signal.aborted;) {
      await beginAll(() => read(db).waiting);
      await until(() => read(db).waiting.length > 0 || lateOf(db).length === 0, deps.managerWaitMs);
      if (stop.signal.aborted) return;
      ended = await writer.write((tx) => {
        const { waiting, agents } = read(tx.db);
        if (waiting.length > 0) return false;
        const late = lateOf(tx.db);
        endIntent(tx.db, intent.id, {
          at: clock(),
          result: late.length === 0 ? 'done' : `still rebuilding: ${late.join(', ')}`,
        });
        events.append(tx, 'rebuild_all.finished', { data: { agents } });
        return true;
      });
    }
  }

  /** Waits for a condition over the store, checked again at every event. */
  async function until(condition: () => boolean, forMs: number): Promise<void> {
    const wakeups = createWakeups();
    const unsubscribe = events.subscribe(() => void (condition() && wakeups.wake()));
    try {
      if (!condition()) await wakeups.wait(forMs, stop.signal);
    } finally {
      unsubscribe();
    }
  }

  /** Ends the intents of rebuilds whose new box said hello. */
  async function endReached(): Promise<void> {
    const reached = openIntents(db, 'rebuild').filter((intent) => {
      const facts = intent.agent === null ? null : bootFacts(db, intent.agent);
      return facts === null || (facts.bootGeneration ?? 0) >= Number(intent.data['generation']);
    });
    if (reached.length === 0) return;
    await writer.write((tx) => {
      for (const intent of reached) {
        endIntent(tx.db, intent.id, { at: clock(), result: 'done' });
        events.append(tx, 'agent.rebuilt', {
          agent: intent.agent,
          data: { generation: Number(intent.data['generation']) },
        });
      }
    });
  }

  return {
    rebuild,
    rebuildAll,
    resume,
    onEvent(event: HiveEvent): void {
      if (event.kind === 'harness.hello') endReached().catch(deps.onError);
    },
    async close(): Promise<void> {
      stop.abort();
      await running;
    },
  };
}
