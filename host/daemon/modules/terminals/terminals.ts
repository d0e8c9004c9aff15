import type { AgentName } from '../../../../protocol/names.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { TerminalEnd, TerminalKind, TerminalView } from '../../../../protocol/schemas/terminal.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { BoxRef, BoxStatus, BoxTerminal, Runtime } from '../../runtime/runtime.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { endPrograms, MARK } from './end-programs.ts';
import type { TerminalLimits } from './limits.ts';
import { refuseOpen } from './policy/decide-open.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface TerminalsDeps {
  db: Db;
  events: Pick<EventLog, 'record'>;
  runtime: Pick<Runtime, 'openTerminal' | 'run' | 'list'>;
  /** The agent's box, if it has one. */
  boxOf: (agent: AgentName) => BoxStatus | null;
  clock: () => number;
  newUuid: () => string;
  limits: TerminalLimits;
  /** Something could not be recorded or cleaned up. */
  onError: (error: unknown) => void;
}

/** The open terminals of the hive. They live in memory: none outlives hived. */
export interface Terminals {
  /** Throws `unknown_agent`, `wrong_state`, `too_many_terminals`, or an error of the engine. */
  open(
    ask: { name: AgentName; kind: TerminalKind; cols: number; rows: number },
    by: string,
  ): Promise<{ terminal: TerminalView; key: string }>;
  list(agent?: AgentName): TerminalView[];
  /** The terminal of this id. Throws `unknown_terminal`; with a key, `wrong_state` when it is not its holder's. */
  require(id: string, key?: string): Terminal & { view(): TerminalView };
  /** Closes a terminal; resolves when its end is recorded. */
  close(id: string): Promise<void>;
  /** Closes all terminals of an agent, or of all agents. */
  closeAll(why: TerminalEnd, agent?: AgentName): Promise<void>;
  /** Ends what terminals of an earlier hived left running. */
  endLeftovers(): Promise<void>;
}

interface Entry extends Terminal {
  readonly agent: AgentName;
  readonly key: string;
  /** Resolves when its end is recorded and nothing of it runs. */
  readonly done: Promise<void>;
  view(): TerminalView;
}

/** A shell that reads the user's own files, as a login on a terminal does. */
const SHELL = ['/bin/sh', '-c', '[ -x /bin/bash ] && exec /bin/bash -i; exec /bin/sh -i'];

export function createTerminals(deps: TerminalsDeps): Terminals {
  const { db, events, runtime, clock, limits, onError } = deps;
  const entries = new Map<string, Entry>();
  /** Terminals that are being opened, by agent. */
  const opening: AgentName[] = [];

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
    const box = requireRoom(ask.name);
    const id = deps.newUuid();
    opening.push(ask.name);
    try {
      // Recorded first: no terminal opens unseen.
      await events.record('terminal.opened', { agent: ask.name, data: { terminal: id, kind: ask.kind, by } });
      const openedAt = clock();
      const facts = { id, agent: ask.name, kind: ask.kind, by, openedAt };
      const inBox = await runtime
        .openTerminal(box, {
          argv: SHELL,
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
      const boxes = (await runtime.list()).filter(({ state }) => state === 'running');
      const known = new Set([...opening, ...[...entries.values()].map((entry) => entry.agent)]);
      for (const box of boxes) if (!known.has(box.agent)) await endPrograms(runtime, box, null).catch(onError);
    },
  };
}
