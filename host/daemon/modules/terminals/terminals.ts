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
   * `key` is null for a conversation that somebody has open already. Throws `unknown_agent`, `wrong_state`,
   * `too_many_terminals`, or an error of the engine.
   */
  open(
    ask: { name: AgentName; kind: TerminalKind; cols: number; rows: number },
    by: string,
  ): Promise<{ terminal: TerminalView; key: string | null }>;
  list(agent?: AgentName): TerminalView[];
  /** The terminal of this id. Throws `unknown_terminal`; with a key, `wrong_state` when it is not its holder's. */
  require(id: string, key?: string): Terminal & { view(): TerminalView };
  /** Closes a terminal; resolves when its end is recorded. */
  close(id: string): Promise<void>;
  /** Closes all terminals of an agent, or of all agents. */
  closeAll(why: TerminalEnd, agent?: AgentName): Promise<void>;
  /** Ends what terminals of an earlier hived left running, and gives their agents back. */
  endLeftovers(): Promise<void>;
}

interface Entry extends Terminal {
  readonly agent: AgentName;
  readonly key: string;
  /** Resolves when its end is recorded and nothing of it runs. */
  readonly done: Promise<void>;
  view(): TerminalView;
}

export function createTerminals(deps: TerminalsDeps): Terminals {
  const { db, events, runtime, clock, limits, onError } = deps;
  const entries = new Map<string, Entry>();
  /** Terminals that are being opened, by agent. */
  const opening: AgentName[] = [];
  /** Agents whose conversation is being taken over. */
  const takingOver = new Set<AgentName>();

  function requireRoom(agent: AgentName): BoxRef {
    requireAgent(db, agent);
    const box = deps.boxOf(agent);
    const agents = [...opening, ...[...entries.values()].map((entry) => entry.agent)];
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
    const other = ask.kind === 'session' ? sessionOf(ask.name) : undefined;
    if (other !== undefined) return { terminal: other.view(), key: null };
    const box = requireRoom(ask.name);
    if (ask.kind === 'shell') return openIn(box, ask, by);
    if (takingOver.has(ask.name)) throw new HiveError('busy');
    takingOver.add(ask.name);
    try {
      await takeOver(ask.name, by);
      return await openIn(box, ask, by).catch(async (error: unknown) => {
        await giveBack(ask.name);
        throw error;
      });
    } finally {
      takingOver.delete(ask.name);
    }
  }

  const sessionOf = (agent: AgentName) =>
    [...entries.values()].find((entry) => entry.agent === agent && entry.view().kind === 'session');

  /** Lets no turn begin from now on. Throws `wrong_state` when one runs, or there is no conversation. */
  async function takeOver(agent: AgentName, by: string): Promise<void> {
    const refuse = () => {
      const { spec, sessionId } = requireAgent(db, agent);
      const { capabilities } = DRIVERS[spec.driver];
      return refuseSession({
        agent,
        driver: spec.driver,
        hasTerminal: capabilities.terminal !== 'none',
        hasSession: sessionId !== null,
        turnRuns: deps.turns.isOpen(agent),
      });
    };
    const before = refuse();
    if (before !== null) throw before;
    await deps.turns.hold(agent, { kind: 'taken_over', by, reason: null });
    // A turn may have begun before the hold was there.
    const after = refuse();
    if (after === null) return;
    await giveBack(agent);
    throw after;
  }

  async function giveBack(agent: AgentName): Promise<void> {
    await deps.turns.lift(agent, ['taken_over'], 'hive').catch(onError);
  }

  async function openIn(
    box: BoxRef,
    ask: Parameters<Terminals['open']>[0],
    by: string,
  ): Promise<{ terminal: TerminalView; key: string }> {
    const id = deps.newUuid();
    opening.push(ask.name);
    try {
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
    } finally {
      opening.splice(opening.indexOf(ask.name), 1);
    }
  }

  type Facts = Pick<TerminalView, 'id' | 'agent' | 'kind' | 'by' | 'openedAt'>;

  function addEntry(box: BoxRef, { cols, rows, ...facts }: Facts & { cols: number; rows: number }, inBox: BoxTerminal) {
    const terminal = openTerminal(inBox, { cols, rows, limits });
    const view = () => ({ ...facts, ...terminal.state() });
    const cleanUp = async () => {
      const report = await terminal.ended;
      entries.delete(facts.id);
      await recordEnd(facts, report);
      if (deps.boxOf(facts.agent)?.id === box.id) await endPrograms(runtime, box, facts.id).catch(onError);
      if (facts.kind === 'session') await giveBack(facts.agent);
    };
    const entry: Entry = { ...terminal, agent: facts.agent, key: deps.newUuid(), view, done: cleanUp() };
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
      const chosen = [...entries.values()].filter((entry) => agent === undefined || entry.agent === agent);
      for (const entry of chosen) entry.close(why);
      await Promise.all(chosen.map((entry) => entry.done));
    },
    async endLeftovers() {
      for (const { name, holds } of listAgents(db))
        if (holds.some(({ kind }) => kind === 'taken_over') && sessionOf(name) === undefined && !takingOver.has(name))
          await giveBack(name);
      const boxes = (await runtime.list()).filter(({ state }) => state === 'running');
      const known = new Set([...opening, ...[...entries.values()].map((entry) => entry.agent)]);
      for (const box of boxes) if (!known.has(box.agent)) await endPrograms(runtime, box, null).catch(onError);
    },
  };
}
