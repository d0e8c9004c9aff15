import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { TerminalEnd, TerminalKind, TerminalView } from '../../../../protocol/schemas/terminal.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { BoxRef, BoxStatus, BoxTerminal, Runtime } from '../../runtime/runtime.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { listAgents } from '../agents/queries.ts';
import { endPrograms, MARK } from './end-programs.ts';
import type { TerminalLimits } from './limits.ts';
import { refuseOpen, refuseSession } from './policy/decide-open.ts';
import { programOf } from './programs.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface TerminalsDeps {
  db: Db;
  events: Pick<EventLog, 'record'>;
  runtime: Pick<Runtime, 'openTerminal' | 'run' | 'list'>;
  /** The agent's box, if it has one. */
  boxOf: (agent: AgentName) => BoxStatus | null;
  turns: {
    hold(agent: AgentName, hold: { kind: 'taken_over'; by: string; reason: null }): Promise<void>;
    lift(agent: AgentName, kinds: readonly ['taken_over'], by: string): Promise<unknown>;
    isOpen(agent: AgentName): boolean;
  };
  clock: () => number;
  newUuid: () => string;
  limits: TerminalLimits;
  /** Something could not be recorded or cleaned up. */
  onError: (error: unknown) => void;
}

/** The open terminals of the hive. They live in memory: none outlives hived. */
export interface Terminals {
  /**
   * `key` is null for a conversation that somebody has open already. Waits until an earlier conversation in the same
   * box is cleaned up. Throws `unknown_agent`, `wrong_state`, `busy` while somebody else opens the conversation,
   * `too_many_terminals`, or an error of the engine.
   */
  open(
    ask: { name: AgentName; kind: TerminalKind; cols: number; rows: number; whenIdle?: boolean | undefined },
    by: string,
  ): Promise<{ terminal: TerminalView; key: string | null }>;
  list(agent?: AgentName): TerminalView[];
  /** The terminal of this id. Throws `unknown_terminal`; with a key, `wrong_state` when it is not its holder's. */
  require(id: string, key?: string): Terminal & { view(): TerminalView };
  /** Closes a terminal; resolves when its end is recorded. */
  close(id: string): Promise<void>;
  /** Closes all terminals of an agent, or of all agents, also those that are being opened. */
  closeAll(why: TerminalEnd, agent?: AgentName): Promise<void>;
  /** Ends what terminals of an earlier hived left running, and gives their agents back. */
  endLeftovers(): Promise<void>;
  /** Tries again to give agents back that could not be. */
  tidy(): Promise<void>;
}

/** Something of a terminal that is not in the list: it is being opened, or cleaned up. Never rejects. */
interface Work {
  readonly agent: AgentName;
  /** Null for all terminals of an earlier hived. */
  readonly kind: TerminalKind | null;
  readonly done: Promise<unknown>;
}

interface Entry extends Terminal, Work {
  readonly key: string;
  /** Resolves when its end is recorded, nothing of it runs, and its agent is given back. */
  readonly done: Promise<void>;
  view(): TerminalView;
}

export function createTerminals(deps: TerminalsDeps): Terminals {
  const { db, events, runtime, clock, limits, onError } = deps;
  const entries = new Map<string, Entry>();
  const opening = new Set<Work>();
  const ending = new Set<Work>();
  /** Agents that are still held because giving them back failed. */
  const owed = new Set<AgentName>();

  function requireRoom(agent: AgentName): BoxRef {
    requireAgent(db, agent);
    const box = deps.boxOf(agent);
    const agents = [...opening, ...entries.values()].map((one) => one.agent);
    const refusal = refuseOpen({
      agent,
      running: box?.state === 'running',
      ofAgent: agents.filter((one) => one === agent).length,
      inAll: agents.length,
      limits,
    });
    if (refusal !== null) throw refusal;
    if (box === null) throw new Error('a running box is there');
    return box;
  }

  async function open(ask: Parameters<Terminals['open']>[0], by: string): ReturnType<Terminals['open']> {
    const { name: agent, kind } = ask;
    for (let earlier = inTheWay(agent, kind); earlier !== undefined; earlier = inTheWay(agent, kind))
      await earlier.done;
    const other = kind === 'session' ? sessionOf(agent) : undefined;
    if (other !== undefined) return { terminal: other.view(), key: null };
    if (kind === 'session' && isTakingOver(agent)) throw new HiveError('busy');
    const box = requireRoom(agent);
    const opened = kind === 'shell' ? openIn(box, ask, by) : openSession(box, ask, by);
    const work: Work = { agent, kind, done: opened.catch(() => undefined) };
    opening.add(work);
    return opened.finally(() => opening.delete(work));
  }

  /** The clean-up that must be over before a terminal of this kind opens: it would end, or give back, what is new. */
  const inTheWay = (agent: AgentName, kind: TerminalKind) =>
    [...ending].find(
      (work) => work.agent === agent && (work.kind === null || (work.kind === kind && kind === 'session')),
    );

  const isTakingOver = (agent: AgentName) =>
    [...opening].some((work) => work.agent === agent && work.kind === 'session');

  const isInUse = (agent: AgentName) => [...opening, ...entries.values()].some((one) => one.agent === agent);

  /** Whether the agent's hold is for somebody who is there, or is being lifted. */
  const isHoldUsed = (agent: AgentName) =>
    sessionOf(agent) !== undefined || isTakingOver(agent) || inTheWay(agent, 'session') !== undefined;

  async function openSession(...[box, ask, by]: Parameters<typeof openIn>): ReturnType<typeof openIn> {
    await takeOver(ask, by);
    return openIn(box, ask, by).catch(async (error: unknown) => {
      await giveBack(ask.name);
      throw error;
    });
  }

  const sessionOf = (agent: AgentName) =>
    [...entries.values()].find((entry) => entry.agent === agent && entry.kind === 'session');

  /**
   * Lets no turn begin from now on. Throws `wrong_state` when there is no conversation, or a turn runs that is not waited for:
   * the harness waits for its end.
   */
  async function takeOver({ name: agent, whenIdle = false }: Parameters<Terminals['open']>[0], by: string) {
    const refuse = () => {
      const { spec, sessionId } = requireAgent(db, agent);
      const { capabilities } = DRIVERS[spec.driver];
      return refuseSession({
        agent,
        driver: spec.driver,
        hasTerminal: capabilities.terminal !== 'none',
        hasSession: sessionId !== null,
        turnRuns: !whenIdle && deps.turns.isOpen(agent),
      });
    };
    const before = refuse();
    if (before !== null) throw before;
    await deps.turns.hold(agent, { kind: 'taken_over', by, reason: null });
    owed.delete(agent);
    // A turn may have begun before the hold was there.
    const after = refuse();
    if (after === null) return;
    await giveBack(agent);
    throw after;
  }

  async function giveBack(agent: AgentName): Promise<void> {
    try {
      await deps.turns.lift(agent, ['taken_over'], 'hive');
      owed.delete(agent);
    } catch (error) {
      owed.add(agent);
      onError(error);
    }
  }

  async function openIn(
    box: BoxRef,
    ask: Parameters<Terminals['open']>[0],
    by: string,
  ): Promise<{ terminal: TerminalView; key: string }> {
    const id = deps.newUuid();
    // Recorded first: no terminal opens unseen.
    await events.record('terminal.opened', { agent: ask.name, data: { terminal: id, kind: ask.kind, by } });
    const openedAt = clock();
    const facts = { id, agent: ask.name, kind: ask.kind, by, openedAt };
    const inBox = await runtime
      .openTerminal(box, {
        argv: programOf(ask.kind, ask.name),
        env: { TERM: 'xterm-256color', COLORTERM: 'truecolor', [MARK]: id },
        cols: ask.cols,
        rows: ask.rows,
      })
      .catch(async (error: unknown) => {
        await recordEnd(facts, { why: 'exited', exitCode: null, bytesIn: 0, bytesOut: 0 });
        throw error;
      });
    const entry = addEntry(box, { ...facts, cols: ask.cols, rows: ask.rows }, inBox);
    return { terminal: entry.view(), key: entry.key };
  }

  type Facts = Pick<TerminalView, 'id' | 'agent' | 'kind' | 'by' | 'openedAt'>;

  function addEntry(box: BoxRef, { cols, rows, ...facts }: Facts & { cols: number; rows: number }, inBox: BoxTerminal) {
    const terminal = openTerminal(inBox, { cols, rows, limits });
    const { agent, kind } = facts;
    const view = () => ({ ...facts, ...terminal.state() });
    const cleanUp = async () => {
      const report = await terminal.ended;
      entries.delete(facts.id);
      ending.add(entry);
      try {
        await recordEnd(facts, report);
        if (deps.boxOf(agent)?.id === box.id) await endPrograms(runtime, box, facts.id).catch(onError);
        if (kind === 'session') await giveBack(agent);
      } finally {
        ending.delete(entry);
      }
    };
    const entry: Entry = { ...terminal, agent, kind, key: deps.newUuid(), view, done: cleanUp() };
    entries.set(facts.id, entry);
    return entry;
  }

  async function recordEnd(
    { id, agent, kind, by, openedAt }: Facts,
    report: Awaited<Terminal['ended']>,
  ): Promise<void> {
    const data = { terminal: id, kind, by, durationMs: Math.max(0, clock() - openedAt), ...report };
    await events.record('terminal.closed', { agent, data }).catch(onError);
  }

  return {
    open,
    list: (agent) =>
      [...entries.values()]
        .filter((entry) => agent === undefined || entry.agent === agent)
        .map((entry) => entry.view()),
    require(id, key) {
      const entry = entries.get(id);
      if (entry === undefined) throw new HiveError('unknown_terminal');
      if (key !== undefined && key !== entry.key)
        throw new HiveError('wrong_state', 'Somebody else holds this terminal. It can be watched, or closed.');
      return entry;
    },
    async close(id) {
      const entry = entries.get(id);
      if (entry === undefined) throw new HiveError('unknown_terminal');
      entry.close('closed');
      await entry.done;
    },
    async closeAll(why, agent) {
      const isChosen = (one: Work) => agent === undefined || one.agent === agent;
      // What is being opened is closed when it is open.
      for (;;) {
        const chosen = [...entries.values()].filter(isChosen);
        for (const entry of chosen) entry.close(why);
        const works = [...chosen, ...[...opening, ...ending].filter(isChosen)];
        if (works.length === 0) break;
        await Promise.all(works.map((work) => work.done));
      }
      if (why === 'agent_gone' && agent !== undefined) owed.delete(agent);
    },
    async endLeftovers() {
      for (const { name, holds } of listAgents(db))
        if (holds.some(({ kind }) => kind === 'taken_over') && !isHoldUsed(name)) await giveBack(name);
      const boxes = (await runtime.list()).filter(({ state }) => state === 'running');
      for (const box of boxes) {
        if (isInUse(box.agent)) continue;
        const done = endPrograms(runtime, box, null).catch(onError);
        const work: Work = { agent: box.agent, kind: null, done };
        ending.add(work);
        await done.finally(() => ending.delete(work));
      }
    },
    async tidy() {
      for (const agent of owed) if (!isHoldUsed(agent)) await giveBack(agent);
    },
  };
}
