// Harnesses that report events, in a process of their own. Prints one JSON line. usage: node load-events.mjs JSON
//   {"mode":"rate","sockets":[…],"seconds":5}: batches of 500 events, one call at a time for each agent.
//   {"mode":"fleet","sockets":[…],"seconds":60,"perSecond":200,"dir":"/…"}: each agent's events go through a spool on
//   the disk, as a harness's do; each contains its number and the time of its making.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { connectHive, type HiveClient } from '../../harness/hive-link/hive-client.ts';
import { sendSpool } from '../../harness/spool/send-spool.ts';
import { openSpool, type Spool } from '../../harness/spool/spool.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';

const given = z
  .object({
    mode: z.enum(['rate', 'fleet']),
    sockets: z.array(z.string()),
    seconds: z.number(),
    perSecond: z.number().default(0),
    dir: z.string().default(''),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const WARM_UP_MS = 1_000;
const AT_ONCE = 500;
const TICK_MS = 50;
const MAX_BYTES = 64 * 1024 * 1024;

interface Agent {
  readonly hive: HiveClient;
  readonly bootId: string;
  readonly turn: number;
}

/** A harness that has a turn: events name it. */
async function enter(socket: string): Promise<Agent> {
  const hive = connectHive(socket);
  const bootId = randomUUID();
  await hive.call('hello', { bootId, generation: 1, harnessVersion: 'bench', pid: process.pid });
  const { turn } = await hive.call('wake', { bootId, waitMs: 30_000 }, { timeoutMs: 60_000 });
  if (turn === null) throw new Error('an agent has no mail, and so no turn');
  return { hive, bootId, turn: turn.turn };
}

/** Texts, calls and results of ordinary length, in turn. */
function dataOf(turn: number, n: number, mark: string): Pick<SpooledEvent, 'kind' | 'data'> {
  switch (n % 3) {
    case 0:
      return { kind: 'turn.text', data: { turn, text: `${mark} ${'says something '.repeat(6)}`, truncated: false } };
    case 1: {
      const input = `{"command":"${mark} ${'grep -rn what src '.repeat(6)}"}`;
      return { kind: 'turn.tool_call', data: { turn, id: `call_${n}`, tool: 'Bash', input, truncated: false } };
    }
    default: {
      const text = `${mark} ${'src/where.ts:12: a line that it found '.repeat(5)}`;
      return { kind: 'turn.tool_result', data: { turn, id: `call_${n - 1}`, ok: true, text, truncated: false } };
    }
  }
}

async function measureRate(agents: readonly Agent[]): Promise<object> {
  const startAt = performance.now() + WARM_UP_MS;
  const endAt = startAt + given.seconds * 1_000;
  let stored = 0;
  let total = 0;
  await Promise.all(
    agents.map(async ({ hive, bootId, turn }) => {
      let seq = 0;
      while (performance.now() < endAt) {
        const from = performance.now();
        const events = Array.from({ length: AT_ONCE }, () => {
          seq += 1;
          return { seq, at: Date.now(), ...dataOf(turn, seq, `#${seq}`) };
        });
        const { acked } = await hive.call('spool', { bootId, events }, { timeoutMs: 60_000 });
        if (acked !== seq) throw new Error(`${acked} of ${seq} events are stored`);
        total += events.length;
        if (from >= startAt && performance.now() <= endAt) stored += events.length;
      }
      hive.close();
    }),
  );
  return { total, rate: stored / given.seconds };
}

async function runFleet(agents: readonly Agent[]): Promise<void> {
  const spools: { spool: Spool; turn: number; sending: Promise<void>; n: number }[] = [];
  for (const [index, { hive, bootId, turn }] of agents.entries()) {
    const onError = (error: unknown) => {
      throw error;
    };
    const dir = join(given.dir, String(index));
    const spool = await openSpool(dir, { bootId, now: Date.now, maxBytes: MAX_BYTES, onError });
    const sending = sendSpool({
      hive,
      spool,
      signal: new AbortController().signal,
      onRefused: (_, error) => onError(error),
    });
    spools.push({ spool, turn, sending, n: 0 });
  }
  const from = performance.now();
  for (let tick = 1; tick <= (given.seconds * 1_000) / TICK_MS; tick += 1) {
    await delay(Math.max(0, from + tick * TICK_MS - performance.now()));
    const due = Math.floor((tick * TICK_MS * given.perSecond) / 1_000);
    for (const one of spools)
      while (one.n < due) {
        one.n += 1;
        const mark = `#${one.n}@${(performance.timeOrigin + performance.now()).toFixed(2)}`;
        const { kind, data } = dataOf(one.turn, one.n, mark);
        one.spool.emit(kind, data as never);
      }
  }
  const took = performance.now() - from;
  const events = spools.reduce((sum, { n }) => sum + n, 0);
  process.stdout.write(`${JSON.stringify({ events, tookMs: took })}\n`);
  // The bench ends this process when the page has all of them.
  await Promise.all(spools.map(({ sending }) => sending));
}

const agents: Agent[] = [];
for (const socket of given.sockets) agents.push(await enter(socket));
if (given.mode === 'rate') process.stdout.write(`${JSON.stringify(await measureRate(agents))}\n`);
else await runFleet(agents);
