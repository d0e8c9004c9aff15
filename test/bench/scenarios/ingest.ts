import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { openTestHive, type TestHive } from '../../support/test-hive.ts';
import { type Figure, median, type Scenario } from '../figure.ts';
import { type EventCommits, measureEventCommits } from '../floors/event-commits.ts';
import { program } from '../places.ts';
import { endProcess, runLoad, startEcho } from '../processes.ts';
import { cpuMs } from '../processor-time.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const RATE_AGENTS = 8;
const ROUNDS = 3;
const ROUND_SECONDS = 4;
/** Events of a commit of the floor: what a busy hived stores at once, batches of several agents. */
const PER_COMMIT = 2_000;
const FLEET_AGENTS = 50;
const FLEET_PER_SECOND = 200;
const FLEET_SECONDS = 60;

const rateReport = z.object({ total: z.int(), rate: z.number() });
const madeReport = z.object({ events: z.int(), tookMs: z.number() });
const followReport = z.object({
  events: z.int(),
  problem: z.string().nullable(),
  connections: z.int(),
  tookMs: z.number(),
  p50: z.number(),
  p99: z.number(),
});

/** Events of turns, from harnesses' sockets to hived's disk (`rate`), and through the dashboard to a page (`fleet`). */
export const ingest: Scenario = {
  names: ['ingest.rate', 'ingest.cpu', 'ingest.fleet', 'ingest.fleet.p50', 'ingest.fleet.rate'],
  async run({ say, wants, atEnd }) {
    const figures: Figure[] = [];
    const [rate, fleet] = [this.names.slice(0, 2), this.names.slice(2)];
    if (rate.some(wants)) figures.push(...(await measureRate(say, atEnd)));
    if (fleet.some(wants)) figures.push(...(await measureFleet(say, atEnd)));
    return figures;
  },
};

type AtEnd = (end: () => Promise<unknown>) => void;

/** A hive of agents that all have mail, so that their harnesses get turns. */
async function openHive(count: number, atEnd: AtEnd): Promise<{ hive: TestHive; sockets: string[] }> {
  const names = Array.from({ length: count }, (_, n) => (n === 0 ? 'manager' : `agent-${n}`));
  const hive = await openTestHive({ agents: names, config: WITHOUT_BOXES });
  atEnd(hive.close);
  await hive.start();
  for (const name of names) await hive.admin.call('send', { to: name, body: 'work' });
  return { hive, sockets: names.map((name) => join(hive.run, 'agents', name, 'hived/agent.sock')) };
}

async function measureRate(say: (line: string) => void, atEnd: AtEnd): Promise<Figure[]> {
  const { hive, sockets } = await openHive(RATE_AGENTS, atEnd);
  const pid = hive.hived().pid!;
  const rounds: { rate: number; cpu: number; floor: EventCommits }[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`${RATE_AGENTS} agents, as fast as hived stores, round ${round} of ${ROUNDS}`);
    const floor = measureEventCommits(hive.root, { perCommit: PER_COMMIT, forMs: 1_500 });
    const load = JSON.stringify({ mode: 'rate', sockets, seconds: ROUND_SECONDS });
    const before = await cpuMs(pid);
    const { stdout } = await promisify(execFile)(process.execPath, [program('load-events'), load]);
    const { rate, total } = rateReport.parse(JSON.parse(stdout));
    rounds.push({ rate, cpu: (((await cpuMs(pid)) - before) / total) * 1_000, floor });
  }
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  return [
    { name: 'ingest.rate', value: middle(({ rate }) => rate), unit: '1/s', floor: middle(({ floor }) => floor.rate) },
    { name: 'ingest.cpu', value: middle(({ cpu }) => cpu), unit: 'µs', floor: middle(({ floor }) => floor.cpu) },
  ];
}

async function measureFleet(say: (line: string) => void, atEnd: AtEnd): Promise<Figure[]> {
  const { hive, sockets } = await openHive(FLEET_AGENTS, atEnd);
  const dir = await mkdtemp(join(tmpdir(), 'hv-spools-'));
  atEnd(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const echo = await startEcho(hive.root);
  atEnd(echo.close);
  const cookie = await signIn(hive);
  const total = FLEET_AGENTS * FLEET_PER_SECOND * FLEET_SECONDS;
  const url = `http://127.0.0.1:${hive.port}/api/events/stream`;
  const follower = startNode('follow-page', [url, cookie, String(total)], atEnd);
  await once(follower.stdout!, 'data');
  say(`${FLEET_AGENTS} agents, ${FLEET_PER_SECOND} events a second each, for ${FLEET_SECONDS} s`);
  const before = await floorOf(hive, echo.bytes);
  const load = { mode: 'fleet', sockets, seconds: FLEET_SECONDS, perSecond: FLEET_PER_SECOND, dir };
  const harnesses = startNode('load-events', [JSON.stringify(load)], atEnd);
  const [made, followed] = await Promise.all([readLine(harnesses), readLine(follower)]);
  await endProcess(harnesses);
  const { tookMs } = madeReport.parse(JSON.parse(made));
  const { events, problem, connections, tookMs: arrivedMs, p50, p99 } = followReport.parse(JSON.parse(followed));
  if (problem !== null || events !== total) throw new Error(`the page got ${events} of ${total} events: ${problem}`);
  if (tookMs > FLEET_SECONDS * 1_050) say(`the harnesses needed ${Math.round(tookMs / 1_000)} s to make them`);
  if (connections > 1) say(`the page connected ${connections} times`);
  const after = await floorOf(hive, echo.bytes);
  const floor = (q: 'p50' | 'p99') => (before[q] + after[q]) / 2;
  return [
    { name: 'ingest.fleet', value: p99, unit: 'ms', floor: floor('p99') },
    { name: 'ingest.fleet.p50', value: p50, unit: 'ms', floor: floor('p50') },
    { name: 'ingest.fleet.rate', value: (total / arrivedMs) * 1_000, unit: '1/s', floor: null },
  ];
}

/** One byte to a process and back, and a commit of a batch's rows. */
async function floorOf(hive: TestHive, bytes: string): Promise<{ p50: number; p99: number }> {
  const trip = await runLoad({ sockets: [bytes], callers: 1, seconds: 1.5, to: '', wire: 'bytes' });
  const disk = measureEventCommits(hive.root, { perCommit: FLEET_PER_SECOND, forMs: 1_500 });
  return { p50: trip.p50 + disk.p50, p99: trip.p99 + disk.p99 };
}

/** The cookie of a session of the dashboard. */
async function signIn(hive: TestHive): Promise<string> {
  const { url } = await hive.admin.call('makeLink', {});
  const answer = await fetch(url, { redirect: 'manual' });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (cookie === undefined) throw new Error('the dashboard gave no session');
  return cookie;
}

function startNode(name: string, args: string[], atEnd: AtEnd): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => endProcess(child));
  return child;
}

/** The next line of a program. Throws when it ends without one. */
async function readLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a program ended with ${String(code)}`)));
  const line = once(child.stdout!, 'data').then(([chunk]) => String(chunk));
  return Promise.race([line, ended]);
}
