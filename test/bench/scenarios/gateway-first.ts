import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchRun, Figure, Scenario } from '../figure.ts';
import { type CallName, CALL_NAMES, CALLS } from '../gateway/samples.ts';
import { runFirstLoad, startPlainProxy, startPort, type Way } from '../gateway/programs.ts';
import { startGateway } from '../gateway/start-gateway.ts';
import { startNginx } from '../peers/nginx.ts';
import { startPortkey } from '../peers/portkey.ts';

const WARM_UP = 30;
const ROUNDS = 150;
/** Of a system prompt and the tools of a coding agent. */
const PROMPT = 'words of a prompt as agents send them '.repeat(500);

const PEERS = ['node', 'nginx', 'portkey'] as const;

const nameOf = (call: CallName, peer?: string) => `gateway.first.${call}${peer === undefined ? '' : `.${peer}`}`;

/** The time that the gateway, the least proxy in Node, nginx and Portkey's gateway add to the first byte of a provider's streamed answer. */
export const gatewayFirst: Scenario = {
  names: CALL_NAMES.flatMap((call) => [nameOf(call), ...PEERS.map((peer) => nameOf(call, peer))]),
  async run(bench) {
    const { say, wants, atEnd } = bench;
    const provider = await startPort('scripted-provider', ['0', '0']);
    atEnd(provider.close);
    const waysOf = await openWays(bench, provider.port);
    const figures: Figure[] = [];
    for (const call of CALL_NAMES.filter((one) =>
      [nameOf(one), ...PEERS.map((peer) => nameOf(one, peer))].some(wants),
    )) {
      say(`${call}: ${ROUNDS} calls by each way in turn`);
      const { path, sample } = CALLS[call];
      const body = sample.request(PROMPT, { tools: ['bash', 'read', 'write'] }).toString();
      const ways = await keepAnswering(waysOf(call), { path, body, say });
      const times = await runFirstLoad({ ways, path, body, warmUp: WARM_UP, rounds: ROUNDS });
      const [direct = NaN, ours = NaN, ...theirs] = times;
      figures.push({ name: nameOf(call), value: ours - direct, unit: 'ms', floor: direct });
      for (const [index, ms] of theirs.entries()) {
        figures.push({
          name: nameOf(call, ways[index + 2]?.name),
          value: ms - direct,
          unit: 'ms',
          floor: null,
          ours: ours - direct,
        });
      }
    }
    return figures;
  },
};

/** Leaves out the peers that do not answer such a call. */
async function keepAnswering(
  [direct, ours, ...peers]: readonly Way[],
  { path, body, say }: { path: string; body: string; say: (line: string) => void },
): Promise<Way[]> {
  const kept = [direct!, ours!];
  for (const way of peers)
    await runFirstLoad({ ways: [way], path, body, warmUp: 0, rounds: 1 }).then(
      () => kept.push(way),
      (error: unknown) => say(`${way.name} is left out: ${error instanceof Error ? error.message : String(error)}`),
    );
  return kept;
}

/** Starts everybody; returns the ways of a protocol: the direct one, ours, and those of the peers that are there. */
async function openWays({ say, atEnd }: BenchRun, port: number): Promise<(call: CallName) => Way[]> {
  const agents = CALL_NAMES.map((name) => ({ name, provider: CALLS[name].provider }));
  const gateway = await startGateway({ port, agents });
  atEnd(gateway.close);
  const dir = await mkdtemp(join(tmpdir(), 'hb-gateway-'));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  // Servers that run as nobody need to reach their own directories in it.
  await chmod(dir, 0o711);
  const node = await startPlainProxy(join(dir, 'node.sock'), { port });
  atEnd(node.close);
  const nginx = await startNginx(join(dir, 'nginx'), { port, say });
  if (nginx !== null) atEnd(nginx.close);
  const portkey = await startPortkey(say);
  if (portkey !== null) atEnd(portkey.close);
  const headers = { 'content-type': 'application/json', authorization: 'Bearer of-the-box', 'x-api-key': 'of-the-box' };
  return (call) => [
    { name: 'direct', to: { host: '127.0.0.1', port }, headers },
    { name: 'gateway', to: { socketPath: gateway.socketOf(call) }, headers },
    { name: 'node', to: { socketPath: node.socketPath }, headers },
    ...(nginx === null ? [] : [{ name: 'nginx', to: { socketPath: nginx.socketPath }, headers }]),
    ...(portkey === null ? [] : [wayByPortkey(call, { port: portkey.port, provider: port, headers })]),
  ];
}

/** Portkey's gateway reads three of the protocols; Gemini's call goes through its route for calls that it only forwards. */
function wayByPortkey(call: CallName, to: { port: number; provider: number; headers: Way['headers'] }): Way {
  const isGemini = call === 'gemini';
  const headers = {
    ...to.headers,
    'x-portkey-provider': isGemini ? 'google' : CALLS[call].provider,
    'x-portkey-custom-host': `http://127.0.0.1:${to.provider}${isGemini ? '' : '/v1'}`,
  };
  const way = { name: 'portkey', to: { host: '127.0.0.1', port: to.port }, headers };
  return isGemini ? { ...way, path: `/v1/proxy${CALLS[call].path}` } : way;
}
