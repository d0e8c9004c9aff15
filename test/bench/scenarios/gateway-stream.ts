import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentName } from '../../../protocol/names.ts';
import { cpuMs } from '../processor-time.ts';
import { residentPeakMb } from '../processes.ts';
import type { Figure, Scenario } from '../figure.ts';
import { CALLS } from '../gateway/samples.ts';
import { runStreamLoad, startPlainProxy, startPort, type StreamReport, type Way } from '../gateway/programs.ts';
import { startGateway } from '../gateway/start-gateway.ts';
import { startNginx } from '../peers/nginx.ts';

const AGENTS = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gil', 'hal'];
const STREAMS = 200;
const EVERY_MS = 20;
const SECONDS = 10;
const PIECES = (SECONDS * 1_000) / EVERY_MS;
const FIGURES = ['through', 'p99', 'cpu', 'rss'] as const;
const PEERS = ['node', 'nginx'] as const;
const PEER_FIGURES = ['p99', 'cpu'] as const;

/** Many slow streams at once, with and without budgets that count them while they run. */
export const gatewayStream: Scenario = {
  names: [
    ...['gateway.stream', 'gateway.stream.budget'].flatMap((name) => FIGURES.map((figure) => `${name}.${figure}`)),
    ...PEERS.flatMap((name) => PEER_FIGURES.map((figure) => `gateway.stream.${name}.${figure}`)),
  ],
  async run({ say, atEnd }) {
    const provider = await startPort('scripted-provider', [String(PIECES), String(EVERY_MS)]);
    atEnd(provider.close);
    const dir = await mkdtemp(join(tmpdir(), 'hb-gateway-'));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o711);
    const nginx = await startNginx(join(dir, 'nginx'), { port: provider.port, say });
    if (nginx !== null) atEnd(nginx.close);
    const node = await startPlainProxy(join(dir, 'node.sock'), { port: provider.port });
    atEnd(node.close);

    const measure = async (ways: readonly Pick<Way, 'to'>[], pid: number): Promise<Measured> => {
      const [from, before] = [performance.now(), await cpuMs(pid)];
      const load = {
        ways: ways.map(({ to }) => ({ name: '', to, headers: HEADERS })),
        path: CALLS.anthropic.path,
        body: CALLS.anthropic.sample.request('go on', { maxTokens: 64_000 }).toString(),
        streams: STREAMS,
        spreadMs: 1_000,
        last: 'event: message_stop',
      };
      const report = await runStreamLoad(load);
      return { report, cpu: ((await cpuMs(pid)) - before) / (performance.now() - from) };
    };
    const ours = async (budgets: boolean): Promise<Measured & { rss: number }> => {
      const agents = AGENTS.map((name) => ({ name, provider: 'anthropic' as const }));
      const gateway = await startGateway({ port: provider.port, agents });
      atEnd(gateway.close);
      if (budgets) gateway.say(budgetsLine());
      const measured = await measure(
        AGENTS.map((name) => ({ to: { socketPath: gateway.socketOf(name) } })),
        gateway.pid,
      );
      const rss = await residentPeakMb(gateway.pid);
      await gateway.close();
      return { ...measured, rss };
    };
    say(
      `${STREAMS} streams of ${PIECES} pieces, ${SECONDS} s each time: direct, a proxy in Node, nginx, ours, ours with budgets`,
    );
    const direct = await measure([{ to: { host: '127.0.0.1', port: provider.port } }], provider.pid);
    const by = ({ socketPath, pid }: { socketPath: string; pid: number }) => measure([{ to: { socketPath } }], pid);
    const byNode = await by(node);
    const byNginx = nginx === null ? null : await by(nginx);
    const plain = await ours(false);
    const counted = await ours(true);
    return [
      ...toFigures('gateway.stream', plain, { direct, byNode }),
      ...toFigures('gateway.stream.budget', counted, { direct, byNode }),
      ...toPeerFigures('node', byNode, { direct, plain }),
      ...(byNginx === null ? [] : toPeerFigures('nginx', byNginx, { direct, plain })),
    ];
  },
};

interface Measured {
  readonly report: StreamReport;
  /** The share of a core. */
  readonly cpu: number;
}

const HEADERS = { 'content-type': 'application/json', 'x-api-key': 'of-the-box' };

/** What others need for the same. */
function toPeerFigures(
  name: (typeof PEERS)[number],
  measured: Measured,
  { direct, plain }: { direct: Measured; plain: Measured },
): Figure[] {
  const beyond = ({ report }: Measured) => report.p99 - direct.report.p99;
  return [
    { name: `gateway.stream.${name}.p99`, value: beyond(measured), unit: 'ms', floor: null, ours: beyond(plain) },
    { name: `gateway.stream.${name}.cpu`, value: measured.cpu * 100, unit: '%', floor: null, ours: plain.cpu * 100 },
  ];
}

/** The floor of latency is the direct way's, of processor time that of the least proxy in Node. */
function toFigures(
  name: string,
  { report, cpu, rss }: Measured & { rss: number },
  floors: { direct: Measured; byNode: Measured },
): Figure[] {
  const through = (100 * report.pieces) / (STREAMS * PIECES);
  return [
    {
      name: `${name}.through`,
      value: report.complete === STREAMS ? through : Math.min(through, 99.9),
      unit: '%',
      floor: null,
    },
    { name: `${name}.p99`, value: report.p99 - floors.direct.report.p99, unit: 'ms', floor: floors.direct.report.p99 },
    {
      name: `${name}.cpu`,
      value: cpu * 100,
      unit: '%',
      floor: floors.byNode.cpu * 100,
    },
    { name: `${name}.rss`, value: rss, unit: 'MB', floor: null },
  ];
}

/** Budgets that every stream is counted in and none uses up: three of all agents, and one of each. */
function budgetsLine() {
  const everybody = AGENTS as AgentName[];
  const budget = (id: number, agents: AgentName[], unit: 'usd' | 'tokens' | 'requests') => {
    return { id, window: 1, agents, unit, amount: 1e9, spent: 0, words: 'A budget is used up.' };
  };
  const units = ['usd', 'tokens', 'requests'] as const;
  const budgets = [
    ...units.map((unit, index) => budget(index + 1, everybody, unit)),
    ...everybody.map((agent, index) => budget(units.length + index + 1, [agent], 'usd')),
  ];
  return { type: 'budgets' as const, instance: '' as const, upTo: 0, budgets };
}
