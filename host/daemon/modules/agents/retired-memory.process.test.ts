import { openLog } from '../../../../system/log.ts';
import { expect, onTestFinished, test } from 'vitest';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import { agentSurface } from '../../../../protocol/operations/agent.ts';
import type { EgressRecord } from '../../../../protocol/schemas/egress.ts';
import { connectSurface } from '../../../../wire/client.ts';
import { composeHandlers } from '../../core/compose-handlers.ts';
import { serveAgents } from '../../surfaces/listen.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { openBlobStore } from '../files/blob-store.ts';
import { createFiles } from '../files/keep-files.ts';
import { createGrace } from '../disk/grace.ts';
import { destroyAgent } from './destroy.ts';
import { listAgents } from './store/agents.ts';

const LEAVER = 'leaver' as AgentName;
const scout = 'scout' as AgentName;
const SILENT = openLog({ level: 'silent', output: process.stderr });
const MIB = 1024 * 1024;
const OFFERS = 'accepted offers';
const STARTING = 'CLI that is starting';

/** Agents' surfaces, with stand-ins for a test fleet's files and disk. */
async function openAll() {
  const hive = await openTestFleet({ broker: { mailbox_max_messages: 10 } });
  onTestFinished(() => hive.close());
  const { memory, node, db, places } = hive;
  for (const module of hive.modules) hive.events.subscribe((event) => module.onEvent?.(event));
  const blobs = await openBlobStore(places.blobs);
  const files = createFiles({ ...hive, blobs }, { maxBytes: MIB, maxTotalBytes: 100 * MIB });
  const grace = createGrace(1_000, memory);
  const { agent: handlers } = composeHandlers(hive.modules);
  const sockets = await serveAgents(SILENT, handlers as never, {
    memory,
    list: () => listAgents(db).map(({ name }) => ({ name, path: node.socketOf(name, 'hived'), gid: undefined })),
  });
  onTestFinished(() => sockets.close());
  hive.changed.told = async () => void (await sockets.sync());
  const gateway = composeHandlers(hive.modules).gateway as {
    reportConnections(reports: { started: []; records: EgressRecord[] }): Promise<unknown>;
  };
  return { ...hive, files, grace, gateway };
}

type Hive = Awaited<ReturnType<typeof openAll>>;

/** What an agent holds of the admission of CLIs: its start first, then all that excludes it. */
async function holdStarts({ starts, machine, memory }: Hive): Promise<void> {
  const ask = () => starts.ask(LEAVER, { driver: 'claude', order: 1 });
  ask();
  expect(memory.heldOf(LEAVER)).toContain(STARTING);
  starts.over(LEAVER);
  starts.rests(LEAVER, { warm: true });
  machine.freeBytes = 0;
  ask();
  starts.rests(LEAVER, { warm: true });
}

/** A stop that cannot be stored on a full disk. */
async function stopOnFullDisk({ db, events, fleet }: Hive): Promise<void> {
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true }) as number}`);
  const data = { desired: 'stopped', by: 'x' } as const;
  const fill = async () => {
    for (;;) await events.record('agent.desired', { agent: LEAVER, data });
  };
  await expect(fill()).rejects.toMatchObject({ code: 'storage_unavailable' });
  await fleet.control.stop(LEAVER, OPERATOR);
  db.pragma('max_page_count = 1000000');
}

test('nothing is kept in memory of an agent that is gone, and its calls and sockets have ended', async () => {
  const hive = await openAll();
  const { broker, memory, fleet, node, limits, time } = hive;
  await hive.create(LEAVER);
  await fleet.keepers.reconcileAll();
  await stopOnFullDisk(hive);

  const client = connectSurface(agentSurface, node.socketOf(LEAVER, 'hived'), { connections: 2 });
  onTestFinished(() => client.close());
  const harness = await hive.boot(LEAVER);
  // A wake that waits accepts an offer: not at the same time as the running turn that the rest of this needs.
  const woken = harness.wake(60_000);
  await expect.poll(() => memory.heldOf(LEAVER)).toContain(OFFERS);
  await broker.send(OPERATOR, { to: LEAVER, body: 'hello' });
  const turn = await woken;
  if (turn === null) throw new Error('no turn was offered');
  const { bootId } = harness;
  const toolCall = { turn: turn.turn, id: '1', tool: 'Bash', input: '{}', truncated: false };
  await client.call('spool', { bootId, events: [{ seq: 1, at: 1, kind: 'turn.tool_call', data: toolCall }] });
  await client.call('send', { to: 'scout', body: 'hello' });
  await client.call('remind', { body: 'later', in_seconds: 600 });
  await hive.files.upload(LEAVER, { name: 'a', data: 'aGVsbG8=' });
  await holdStarts(hive);
  hive.grace.over(LEAVER, 0);
  limits.hear({ agent: LEAVER, kind: 'rate', until: 9, at: 1 });
  const budget = await hive.money.set({ scope: LEAVER, unit: 'usd', per: 'total', amount: 1 }, OPERATOR);
  await hive.money.hearStop({ agent: LEAVER, budget: budget.budget.id, window: 0, cut: false, at: 1 });
  const refused = {
    id: crypto.randomUUID(),
    agent: LEAVER,
    kind: 'tunnel' as const,
    host: 'a.test',
    port: 443,
    method: 'CONNECT',
    rule: null,
    startedAt: 1,
    endedAt: 1,
    count: 1,
    verdict: 'refused' as const,
    why: 'not_allowed',
    bytesUp: 0,
    bytesDown: 0,
  };
  await hive.gateway.reportConnections({ started: [], records: [refused] });
  const fill = async () => {
    for (let n = 0; n < 20; n += 1) await broker.send(scout, { to: LEAVER, body: `news ${n}` });
  };
  await expect(fill()).rejects.toMatchObject({ code: 'mailbox_full' });
  const question = { bootId, turn: turn.turn, fence: turn.fence, known: [], waitMs: 60_000 };
  const waiting = client.call('urgent', question).then(
    () => 'answered',
    () => 'ended',
  );
  // Its harness is silent: the next send to it computes why it does not take its mail.
  time.now += 40_000;
  expect(fleet.views.troubleOf(LEAVER)).not.toBeUndefined();
  await expect
    .poll(() => memory.heldOf(LEAVER))
    .toEqual(memory.kinds().filter((kind) => kind !== OFFERS && kind !== STARTING));

  await destroyAgent(hive.destroy, LEAVER, LEAVER);
  expect(memory.heldOf(LEAVER)).toEqual([]);
  expect(await waiting).toBe('ended');
  await expect(client.call('whoami', {})).rejects.toMatchObject({ code: 'hive_unreachable' });
  await fleet.keepers.reconcileAll();
  expect(memory.heldOf(LEAVER)).toEqual([]);
});
