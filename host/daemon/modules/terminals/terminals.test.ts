import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { terminalOperations } from '../../../../protocol/operations/terminals.ts';
import { eventsAfter } from '../../core/store/events.ts';
import { createBoxesInMemory } from '../../testing/boxes-in-memory.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { findAgent, setSession } from '../agents/queries.ts';
import { createTerminals, type Terminals } from './terminals.ts';

const SCOUT = 'scout' as AgentName;
const CODER = 'coder' as AgentName;
const SHELL = { kind: 'shell', cols: 80, rows: 24 } as const;

let hive: TestHive;
let terminals: Terminals;
let streams: PassThrough[];
let ran: (readonly string[])[];
let engineFails: Error | null;
let turnRuns: boolean;
/** What the engine waits for before it opens a terminal, and before it answers that a program ran. */
let beforeOpened: Promise<void>;
let beforeRan: Promise<void>;
let liftFails: Error | null;
let startBox: (agent: AgentName) => Promise<void>;

beforeEach(async () => {
  hive = openTestHive();
  streams = [];
  ran = [];
  engineFails = null;
  turnRuns = false;
  const boxes = createBoxesInMemory();
  beforeOpened = Promise.resolve();
  beforeRan = Promise.resolve();
  liftFails = null;
  startBox = async (agent) =>
    boxes.start(await boxes.create({ agent, generation: 1, fingerprint: 'f', cli: null } as never));
  await startBox(SCOUT);
  terminals = createTerminals({
    db: hive.db,
    events: hive.events,
    runtime: {
      ...boxes,
      async openTerminal() {
        if (engineFails !== null) throw engineFails;
        const stream = new PassThrough();
        streams.push(stream);
        await beforeOpened;
        return { stream, resize: async () => undefined, exitCode: async () => 0 };
      },
      async run(_box, { argv }) {
        ran.push(argv);
        await beforeRan;
        return { exitCode: 0 };
      },
    },
    boxOf: (name) => [...boxes.boxes.values()].find(({ agent }) => agent === name) ?? null,
    turns: {
      hold: hive.turns.hold,
      lift: async (...args) => {
        if (liftFails !== null) throw liftFails;
        return hive.turns.lift(...args);
      },
      isOpen: () => turnRuns,
    },
    clock: hive.mail.clock,
    newUuid: () => crypto.randomUUID(),
    limits: { perAgent: 2, inAll: 3, idleMs: 60_000, graceMs: 60_000 },
    onError(error) {
      if (error !== liftFails) throw error;
    },
  });
});

/** A promise, and the function that fulfils it. */
function gate(): [Promise<void>, () => void] {
  let open = () => {};
  return [new Promise((resolve) => (open = resolve)), () => open()];
}

afterEach(async () => {
  await terminals.closeAll('hive_stopped');
  await hive.close();
});

const open = (name = SCOUT) => terminals.open({ ...SHELL, name }, 'hivectl');
const facts = () =>
  eventsAfter(hive.db, { after: 0, agent: null, limit: 100 }).map(({ kind, agent, data }) => ({ kind, agent, data }));

test('a terminal is in the event log when it opens and when it ends, and what was started in it is ended', async () => {
  const { terminal } = await open();
  expect(terminals.list()).toMatchObject([
    { id: terminal.id, agent: 'scout', kind: 'shell', by: 'hivectl', held: false },
  ]);
  await terminals.close(terminal.id);
  expect(facts()).toMatchObject([
    { kind: 'terminal.opened', agent: 'scout', data: { terminal: terminal.id, kind: 'shell', by: 'hivectl' } },
    { kind: 'terminal.closed', agent: 'scout', data: { terminal: terminal.id, why: 'closed' } },
  ]);
  expect(ran.map((argv) => argv.at(-1))).toEqual([terminal.id]);
  expect(terminals.list()).toEqual([]);
  expect(() => terminals.require(terminal.id)).toThrow('closed');
});

test('neither more than allowed, nor in a box that does not run, nor of an agent that does not exist', async () => {
  await expect(open(CODER)).rejects.toMatchObject({ code: 'wrong_state' });
  await expect(open('nobody' as AgentName)).rejects.toMatchObject({ code: 'unknown_agent' });
  const both = await Promise.all([open(), open()]);
  await expect(open()).rejects.toMatchObject({ code: 'too_many_terminals' });
  await terminals.close(both[0].terminal.id);
  await open();
});

test('an engine that refuses leaves no terminal, and both events', async () => {
  engineFails = new Error('no space left on device');
  await expect(open()).rejects.toThrow('no space');
  expect(facts().map(({ kind }) => kind)).toEqual(['terminal.opened', 'terminal.closed']);
  engineFails = null;
  await open();
  await open();
});

test('only the holder’s key types; anybody may watch or close', async () => {
  const { terminal, key } = await open();
  await terminals.require(terminal.id, key ?? '').type('x');
  expect(() => terminals.require(terminal.id, crypto.randomUUID())).toThrow('Somebody else holds');
  terminals.require(terminal.id);
});

test('the end of an agent ends its terminals', async () => {
  await open();
  await terminals.closeAll('agent_gone', SCOUT);
  expect(facts().at(-1)).toMatchObject({ kind: 'terminal.closed', data: { why: 'agent_gone' } });
  expect(streams.every(({ destroyed }) => destroyed)).toBe(true);
});

test('what terminals of an earlier hived left running is ended, in boxes without a terminal of this one', async () => {
  await terminals.endLeftovers();
  expect(ran.map((argv) => argv.at(-1))).toEqual(['']);
  await open();
  await terminals.endLeftovers();
  expect(ran).toHaveLength(1);
});

const attach = () => terminals.open({ ...SHELL, kind: 'session', name: SCOUT }, 'hivectl');
const holds = () => findAgent(hive.db, SCOUT)?.holds.map(({ kind }) => kind);

test('a conversation is held while a person works in it, and a second one watches', async () => {
  await hive.writer.write((tx) => setSession(tx.db, SCOUT, 'a-session'));
  const { terminal } = await attach();
  expect(holds()).toEqual(['taken_over']);
  const second = await attach();
  expect(second).toMatchObject({ terminal: { id: terminal.id }, key: null });
  expect(streams).toHaveLength(1);
  await terminals.close(terminal.id);
  expect(holds()).toEqual([]);
  expect(facts().map(({ kind }) => kind)).toEqual([
    'agent.held',
    'terminal.opened',
    'terminal.closed',
    'agent.released',
  ]);
});

test('a conversation is not taken over during a turn, without one, or when the engine refuses; the agent stays free', async () => {
  await expect(attach()).rejects.toMatchObject({
    code: 'wrong_state',
    message: expect.stringContaining('no conversation'),
  });
  await hive.writer.write((tx) => setSession(tx.db, SCOUT, 'a-session'));
  turnRuns = true;
  await expect(attach()).rejects.toMatchObject({ code: 'wrong_state', message: expect.stringContaining('in a turn') });
  turnRuns = false;
  engineFails = new Error('no space left on device');
  await expect(attach()).rejects.toThrow('no space');
  expect(holds()).toEqual([]);
});

test('with `whenIdle` a terminal opens during a turn, and the agent is held from then on', async () => {
  await hive.writer.write((tx) => setSession(tx.db, SCOUT, 'a-session'));
  turnRuns = true;
  const { terminal } = await terminals.open({ ...SHELL, kind: 'session', name: SCOUT, whenIdle: true }, 'hivectl');
  expect(holds()).toEqual(['taken_over']);
  await terminals.close(terminal.id);
  expect(holds()).toEqual([]);
});

test('an agent that an earlier hived left taken over is given back', async () => {
  await hive.turns.hold(SCOUT, { kind: 'taken_over', by: 'hivectl', reason: null });
  await terminals.endLeftovers();
  expect(holds()).toEqual([]);
});

test('a terminal that is still opening when all are closed is closed as soon as it is open', async () => {
  const [opened, letOpen] = gate();
  beforeOpened = opened;
  const opening = open();
  await vi.waitFor(() => expect(streams).toHaveLength(1));
  const closing = terminals.closeAll('agent_gone', SCOUT);
  letOpen();
  await Promise.all([opening, closing]);
  expect(terminals.list()).toEqual([]);
  expect(facts().at(-1)).toMatchObject({ kind: 'terminal.closed', data: { why: 'agent_gone' } });
});

test('a terminal that opens while leftovers are ended is not ended with them', async () => {
  await startBox(CODER);
  const [over, letRun] = gate();
  beforeRan = over;
  const clearing = terminals.endLeftovers();
  await vi.waitFor(() => expect(ran).toHaveLength(1));
  // One box is being cleared: a terminal in it waits. The other is not cleared any more.
  const both = Promise.all([open(SCOUT), open(CODER)]);
  await vi.waitFor(() => expect(streams).toHaveLength(1));
  letRun();
  await clearing;
  await both;
  expect(streams).toHaveLength(2);
  expect(ran).toHaveLength(1);
});

test('whoever takes a conversation over while the last terminal of it is cleaned up keeps it', async () => {
  await hive.writer.write((tx) => setSession(tx.db, SCOUT, 'a-session'));
  const first = await attach();
  const [over, letRun] = gate();
  beforeRan = over;
  const closing = terminals.close(first.terminal.id);
  await vi.waitFor(() => expect(ran).toHaveLength(1));
  const second = attach();
  letRun();
  await closing;
  expect((await second).key).not.toBeNull();
  expect(holds()).toEqual(['taken_over']);
});

test('of two who take a conversation over at once, one is told that the agent is busy', async () => {
  await hive.writer.write((tx) => setSession(tx.db, SCOUT, 'a-session'));
  const results = await Promise.allSettled([attach(), attach()]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(results[1]).toMatchObject({ reason: { code: 'busy' } });
  expect(terminalOperations.openTerminal.errors).toContain('busy');
});

test('an agent that could not be given back is given back later, unless somebody took it over again', async () => {
  await hive.writer.write((tx) => setSession(tx.db, SCOUT, 'a-session'));
  liftFails = new Error('no space left on device');
  await terminals.close((await attach()).terminal.id);
  await terminals.tidy();
  expect(holds()).toEqual(['taken_over']);
  liftFails = null;
  const { terminal } = await attach();
  await terminals.tidy();
  expect(holds()).toEqual(['taken_over']);
  liftFails = new Error('no space left on device');
  await terminals.close(terminal.id);
  liftFails = null;
  await terminals.tidy();
  expect(holds()).toEqual([]);
});
