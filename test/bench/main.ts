import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import Docker from 'dockerode';
import { AIMS } from './aims.ts';
import type { BenchRun, Figure, Scenario } from './figure.ts';
import { describeMachine, formatTables, toRow } from './report.ts';
import { boxes } from './scenarios/boxes.ts';
import { broadcast } from './scenarios/broadcast.ts';
import { driverTurns } from './scenarios/driver-turns.ts';
import { curve } from './scenarios/curve.ts';
import { egressRate } from './scenarios/egress.ts';
import { flood } from './scenarios/flood.ts';
import { gatewayFirst } from './scenarios/gateway-first.ts';
import { gatewayStream } from './scenarios/gateway-stream.ts';
import { herd } from './scenarios/herd.ts';
import { ingest } from './scenarios/ingest.ts';
import { ledger } from './scenarios/ledger.ts';
import { list } from './scenarios/list.ts';
import { peers } from './scenarios/peers.ts';
import { pulls } from './scenarios/pulls.ts';
import { queue } from './scenarios/queue.ts';
import { redact } from './scenarios/redact.ts';
import { reminders } from './scenarios/reminders.ts';
import { retention } from './scenarios/retention.ts';
import { sessionPolicy } from './scenarios/session-policy.ts';
import { sends } from './scenarios/sends.ts';
import { startAgain } from './scenarios/start-again.ts';
import { transport } from './scenarios/transport.ts';
import { wakes, wakesOfMany } from './scenarios/wakes.ts';

const SCENARIOS: readonly Scenario[] = [
  sends,
  peers,
  broadcast,
  flood,
  wakes,
  wakesOfMany,
  curve,
  reminders,
  list,
  ingest,
  retention,
  pulls,
  transport,
  queue,
  ledger,
  gatewayFirst,
  gatewayStream,
  egressRate,
  redact,
  sessionPolicy,
  boxes,
  driverTurns,
  herd,
  startAgain,
];

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Measures the requested figures and prints them. Nothing is asserted: a slow machine is not a failure. */
async function bench(args: { json?: string | undefined; only?: string | undefined; full: boolean }): Promise<void> {
  const known = AIMS.map(({ name }) => name);
  const asked = args.only?.split(',').map((name) => name.trim()) ?? known;
  // `curve` is not a figure: it selects all whose names begin with `curve.`
  const isAsked = (name: string, by: string) => name === by || (!known.includes(by) && name.startsWith(`${by}.`));
  const unknown = asked.filter((one) => !known.some((name) => isAsked(name, one)));
  if (unknown.length > 0) throw new Error(`No figure is called ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  const wants = (name: string) => asked.some((one) => isAsked(name, one));
  const engine = await new Docker({ socketPath: '/var/run/docker.sock' }).version();
  const machine = describeMachine(engine.Version);
  const figures: Figure[] = [];
  for (const scenario of SCENARIOS) {
    if (!scenario.names.some(wants)) continue;
    const say = (line: string) => void process.stderr.write(`  ${line}\n`);
    say(scenario.names.filter(wants).join(', '));
    figures.push(...(await runScenario(scenario, { say, wants, full: args.full })).filter(({ name }) => wants(name)));
  }
  process.stdout.write(`${machine}\n\n${formatTables(figures)}\n`);
  if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(figures.map(toRow), null, 2)}\n`);
}

/** Everything that the scenario started is ended with it, after Ctrl-C too. */
async function runScenario(scenario: Scenario, bench: Omit<BenchRun, 'atEnd'>): Promise<Figure[]> {
  const ends: (() => Promise<unknown>)[] = [];
  let stop = () => undefined as void;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('interrupted'));
    for (const signal of SIGNALS) process.once(signal, stop);
  });
  try {
    return await Promise.race([scenario.run({ ...bench, atEnd: (end) => ends.push(end) }), interrupted]);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    for (const end of ends.toReversed())
      await end().catch((error: unknown) => void process.stderr.write(`  clearing up: ${String(error)}\n`));
  }
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, only: { type: 'string' }, full: { type: 'boolean', default: false } },
});
await bench(values).catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(70);
});
