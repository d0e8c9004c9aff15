import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { AgentName } from '../../../protocol/names.ts';
import type { ProviderName } from '../../../protocol/providers.ts';
import type { SpokenCall } from './samples.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import { configureLine, makeSurroundings } from '../../../host/gateway/fixtures/run-gateway.ts';
import { top } from '../places.ts';
import { endProcess } from '../processes.ts';

const READY_MS = 30_000;

/** The gateway's own process as hived starts it, with sockets of some agents. */
export interface GatewayProcess {
  readonly pid: number;
  socketOf(agent: string): string;
  egressSocketOf(agent: string): string;
  say(line: GatewayControl): void;
  close(): Promise<void>;
}

/** `port`: of the scripted provider, which stands for every provider. */
export async function startGateway(options: {
  port: number;
  agents: readonly { name: string; provider: SpokenCall['provider'] }[];
}): Promise<GatewayProcess> {
  const around = await makeSurroundings();
  const { port } = options;
  const base = `http://127.0.0.1:${port}`;
  const agents = options.agents.map(({ name, provider }) => ({
    name: name as AgentName,
    provider: provider as string as ProviderName,
    ...around.socketsOf(name as AgentName),
  }));
  for (const { socket } of agents) await mkdir(dirname(socket), { recursive: true });
  const child = spawn(process.execPath, [join(top, 'dist/gateway.mjs')], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const say = (line: GatewayControl) => void child.stdin.write(`${JSON.stringify(line)}\n`);
  say(configureLine(around, { maxBodyBytes: 32_000_000 }));
  const keys = [{ label: 'default', key: 'sk-of-the-bench-0123456789', setAt: 0 }];
  const providers = (['anthropic', 'openai', 'gemini'] as const).map((kind) => ({
    name: kind as string as ProviderName,
    kind,
    baseUrl: kind === 'openai' ? `${base}/v1` : base,
    keys,
    demo: false,
  }));
  say({ type: 'providers', providers });
  say({ type: 'agents', agents });
  await once(child.stdout, 'data');
  for (const { egressSocket, socket } of agents) for (const path of [socket, egressSocket]) await untilThere(path);
  return {
    pid: child.pid!,
    socketOf: (agent) => around.socketOf(agent as AgentName),
    egressSocketOf: (agent) => around.socketsOf(agent as AgentName).egressSocket,
    say,
    async close() {
      await endProcess(child);
      await around.remove();
    },
  };
}

async function untilThere(path: string): Promise<void> {
  for (const deadline = Date.now() + READY_MS; ; await wait(20)) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return;
    if (Date.now() > deadline) throw new Error(`the gateway did not make ${path}`);
  }
}
