import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { createDemoModel } from './demo-model.ts';
import { type FakeHived, createFakeHived } from './fake-hived.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { testCli } from '../support/test-clis.ts';

const top = join(import.meta.dirname, '../..');
export const CLAUDE = process.env['HIVE_TEST_CLAUDE'] ?? testCli('claude');

/** A request that reached the demo model. */
interface SeenRequest {
  readonly bytes: number;
  readonly body: { system: { text: string }[]; tools: { name: string }[]; messages: unknown[] };
  readonly headers: Record<string, unknown>;
}

/** One harness as a separate process, with a fake hived and the demo model behind its sockets. */
export interface HarnessBed {
  readonly home: string;
  readonly hived: FakeHived;
  readonly requests: SeenRequest[];
  start(): Promise<ChildProcess>;
  /** Ends the harness by a signal and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null }>;
  harness(): ChildProcess;
  log(): string;
  mcp(): Promise<{ url: string; secret: string }>;
  forgePort(): number;
  openGateway(): Promise<void>;
  closeGateway(): Promise<void>;
  close(): Promise<void>;
}

/** `program` is installed in the place of a CLI: by default the real Claude Code in its own. */
export async function openHarnessBed(program = CLAUDE, cli = 'claude'): Promise<HarnessBed> {
  await requireClaude(program);
  const home = await mkdtemp(join(tmpdir(), 'harness-'));
  const places = ['run/hived', 'run/forge', 'run/gateway', 'state', 'harness', `toolchain/${cli}/test/bin`];
  await Promise.all(places.map((place) => mkdir(join(home, place), { recursive: true })));
  await symlink(program, join(home, `toolchain/${cli}/test/bin/${cli}`));
  const bundle = await bundleHarness(home);
  const hived = createFakeHived(join(home, 'run/hived/agent.sock'));
  await hived.start();
  const requests: SeenRequest[] = [];
  let gateway: Server | null = null;
  let child: ChildProcess | null = null;
  let log = '';

  const bed: HarnessBed = {
    home,
    hived,
    requests,
    async start() {
      log = '';
      const started = spawn(process.execPath, ['--max-semi-space-size=1', '--optimize-for-size', bundle], {
        env: environment(home, cli),
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      child = started;
      started.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
      await waitFor(() => log.includes('gateway relay') || started.exitCode !== null, 'the harness listens');
      if (started.exitCode !== null) throw new Error(`the harness ended: ${log}`);
      return started;
    },
    async stop(signal = 'SIGTERM') {
      const ending = child;
      child = null;
      if (ending === null || ending.exitCode !== null) return { code: ending?.exitCode ?? null };
      ending.kill(signal);
      await once(ending, 'exit');
      return { code: ending.exitCode };
    },
    harness: () => {
      if (child === null) throw new Error('no harness runs');
      return child;
    },
    log: () => log,
    async mcp() {
      // Written once hived has named the driver.
      const url = /MCP (\S+),/.exec(log)?.[1] ?? '';
      const token = new RegExp(`"${url}".*"Bearer ([^"]+)"`);
      const text = () => readFile(join(home, 'harness/mcp.json'), 'utf8').catch(() => '');
      await expect.poll(text).toMatch(token);
      return { url, secret: token.exec(await text())?.[1] ?? '' };
    },
    forgePort: () => Number(/forge relay (\d+)/.exec(log)?.[1]),
    async openGateway() {
      gateway = createDemoModel({
        onRequest: (body, headers) =>
          requests.push({ bytes: body.length, body: JSON.parse(body.toString()) as SeenRequest['body'], headers }),
        // As the gateway does before it answers.
        onLimit: (until) => {
          hived.limitedUntil = until;
        },
      });
      const path = join(home, 'run/gateway/agent.sock');
      await rm(path, { force: true });
      gateway.listen(path);
      await once(gateway, 'listening');
    },
    async closeGateway() {
      gateway?.closeAllConnections();
      gateway?.close();
      gateway = null;
    },
    async close() {
      await bed.stop();
      await bed.closeGateway();
      await hived.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      // The engine survives a change that its transition table forbids; a test does not.
      expect(log).not.toContain('a bug:');
    },
  };
  await bed.openGateway();
  return bed;
}

/** Throws with advice when there is no CLI to test with. */
export async function requireClaude(program = CLAUDE): Promise<void> {
  await access(program).catch(() => {
    throw new Error(`There is no Claude Code at ${program}. Run "npm test", or name the binary in HIVE_TEST_CLAUDE.`);
  });
}

/** Nothing of the test's own environment, only the variables of a box. Ports of 0: any free ones. */
function environment(home: string, cli: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: join(home, 'state'),
    TMPDIR: tmpdir(),
    HIVE_AGENT: 'scout',
    HIVE_GENERATION: '1',
    HIVE_RUN_DIR: join(home, 'run'),
    HIVE_HARNESS_DIR: join(home, 'harness'),
    HIVE_STATE_DIR: join(home, 'state'),
    HIVE_TOOLCHAIN: join(home, 'toolchain'),
    HIVE_SKILLS_DIR: join(home, 'skills'),
    HIVE_DOCS_SKILLS_DIR: join(home, 'docs-skills/now'),
    HIVE_CLI_DIR: join(home, `toolchain/${cli}/test`),
    HIVE_MCP_PORT: '0',
    HIVE_FORGE_PORT: '0',
    HIVE_GATEWAY_PORT: '0',
    HIVE_EGRESS_PORT: '0',
    HIVE_UNRELATED: 'must not reach the CLI',
  };
}

let bundled: Promise<string> | null = null;

/** The bundle of bin/build.mjs, made from the current code, once for all beds of a worker. */
async function bundleHarness(home: string): Promise<string> {
  const outfile = join(home, 'harness.mjs');
  bundled ??= buildHarness();
  await writeFile(outfile, await bundled);
  return outfile;
}

async function buildHarness(): Promise<string> {
  const js =
    "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
  const { outputFiles } = await build({
    entryPoints: [join(top, 'harness/main.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'none',
    banner: { js },
  });
  return outputFiles[0]?.text ?? '';
}

/** Polls until a condition holds; after `forMs` milliseconds it fails, naming the condition. */
export async function waitFor<T>(
  ask: () => T | undefined | false | null,
  what: string,
  forMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + forMs;
  for (;;) {
    const answer = ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
