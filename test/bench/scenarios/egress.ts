import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeClientHello } from '../../../host/gateway/fixtures/client-hello.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { type Figure, median, type Scenario } from '../figure.ts';
import { runTunnels, type TunnelLoad } from '../egress/run-tunnels.ts';
import { startPort } from '../gateway/programs.ts';
import { startGateway } from '../gateway/start-gateway.ts';
import { type ForwardProxy, startSquid, startTinyproxy } from '../peers/forward-proxies.ts';

const AGENT = 'scout';
const HOST = 'files.example';
const MEGABYTES = 300;
const ROUNDS = 3;

/** Bytes through a tunnel of the gateway's egress proxy, of tinyproxy and of squid, in turn. */
export const egressRate: Scenario = {
  names: ['egress.rate.gateway', 'egress.rate.tinyproxy', 'egress.rate.squid'],
  async run({ say, atEnd }) {
    const host = await startPort('bytes-host', [String(MEGABYTES)]);
    atEnd(host.close);
    const gateway = await startGateway({ port: host.port, agents: [{ name: AGENT, provider: 'anthropic' }] });
    atEnd(gateway.close);
    const rule = { id: 1, verdict: 'allow' as const, hosts: [HOST], port: host.port, methods: null, once: false };
    gateway.say({
      type: 'egress',
      agents: [{ name: AGENT as AgentName, rules: [{ ...rule, address: '127.0.0.1' }] }],
    });
    const dir = await mkdtemp(join(tmpdir(), 'hb-egress-'));
    atEnd(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o711);
    const peers: ForwardProxy[] = [];
    for (const start of [startTinyproxy, startSquid]) {
      const peer = await start(join(dir, start.name), say);
      if (peer === null) continue;
      atEnd(peer.close);
      peers.push(peer);
    }
    const hello = (await makeClientHello(HOST)).toString('base64');
    const load = (to: TunnelLoad['to'], target: string | null): TunnelLoad => ({ to, target, tunnels: 1, hello });
    const loads = [
      load({ host: '127.0.0.1', port: host.port }, null),
      load({ path: gateway.egressSocketOf(AGENT) }, `${HOST}:${host.port}`),
      ...peers.map(({ port }) => load({ host: '127.0.0.1', port }, `127.0.0.1:${host.port}`)),
    ];
    const rates = loads.map((): number[] => []);
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`${MEGABYTES} MB directly and through each proxy, round ${round} of ${ROUNDS}`);
      for (const [index, one] of loads.entries()) rates[index]!.push((await runTunnels(one)) / 1e6);
    }
    const [direct = NaN, ours = NaN, ...theirs] = rates.map((of) => median(of));
    return [
      { name: 'egress.rate.gateway', value: ours, unit: 'MB/s', floor: direct },
      ...peers.map(({ name }, index): Figure => {
        return { name: `egress.rate.${name}`, value: theirs[index]!, unit: 'MB/s', floor: null, ours };
      }),
    ];
  },
};
