import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCli } from '../../../harness/driver/process/cli-process.ts';
import { composeArgv, composeEnv } from '../../../harness/driver/claude/launch.ts';
import { parseClaudeLine } from '../../../harness/driver/claude/parse-line.ts';
import { connectForge } from '../../../harness/hive-link/forge-client.ts';
import { connectHive } from '../../../harness/hive-link/hive-client.ts';
import { openMcpServer } from '../../../harness/mcp/mcp-server.ts';
import { openRelay } from '../../../harness/relay/relay.ts';
import { createTurnMail } from '../../../harness/turn/turn-mail.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { testCli } from '../../support/test-clis.ts';
import type { TestHive } from '../../support/test-hive.ts';

/** The real CLI connected to the hive's gateway through a relay only: no box, no turn, no mail. */
export interface DirectCli {
  /** Milliseconds from writing the prompt to the result; the first turn starts the CLI. */
  turn(prompt: string): Promise<number>;
  close(): Promise<void>;
}

/** With the arguments, environment and tools that a harness gives it, and a new session. */
export async function startDirectCli(hive: TestHive, agent: AgentName): Promise<DirectCli> {
  const home = await mkdtemp(join(hive.root, 'direct-'));
  const sockets = join(hive.run, 'agents', agent);
  const hived = join(sockets, 'hived/agent.sock');
  const client = connectHive(hived);
  const gateway = await openRelay(join(sockets, 'gateway/agent.sock'), 0);
  const secret = randomBytes(32).toString('base64url');
  const nothing = () => undefined;
  const mcp = await openMcpServer(
    {
      hive: client,
      forge: connectForge(join(sockets, 'forge/agent.sock')),
      newKey: randomUUID,
      now: Date.now,
      mail: createTurnMail(),
      stateDir: home,
    },
    { port: 0, secret, version: 'bench', isMember: () => false },
  );
  const mcpConfigPath = join(home, 'mcp.json');
  const server = { type: 'http', url: mcp.url, headers: { Authorization: `Bearer ${secret}` } };
  await writeFile(mcpConfigPath, JSON.stringify({ mcpServers: { hive: server } }));
  const configDir = join(home, 'claude');
  await mkdir(configDir);
  const spec = { model: 'sonnet', tools: ['Bash', 'Edit', 'Read', 'Write'] };
  let cli: ReturnType<typeof startCli> | null = null;

  const start = () =>
    startCli(testCli('claude'), {
      argv: composeArgv({ spec, systemPrompt: `You are "${agent}".`, mcpConfigPath }, null),
      env: composeEnv({
        agent,
        passedOn: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' },
        gatewayUrl: `http://127.0.0.1:${gateway.port}`,
        configDir,
      }),
      cwd: home,
      record: () => undefined,
    });

  return {
    async turn(prompt) {
      const from = performance.now();
      const on = (cli ??= start());
      const ended = new Promise<void>((resolve, reject) => {
        on.setHandlers({
          onOversize: nothing,
          onLine: (line) => {
            if (parseClaudeLine(line)?.kind === 'result') resolve();
          },
        });
        void on.exited.then((exit) => reject(new Error(`the CLI ended (${exit.code}): ${exit.stderr}`)));
      });
      const message = { role: 'user', content: [{ type: 'text', text: prompt }] };
      on.write({ type: 'user', uuid: randomUUID(), message });
      await ended;
      return performance.now() - from;
    },
    async close() {
      await cli?.end();
      await mcp.close();
      await gateway.close();
      client.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
