import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { createSecretFinder } from '../../system/redact/find-secrets.ts';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import { createSearchServer } from '../../wire/secret-search.ts';
import { until } from './until.ts';
import { exists } from '../../system/exists.ts';

const top = join(import.meta.dirname, '../..');
const sqliteBinding = join(
  dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json')),
  'build/Release/better_sqlite3.node',
);

/** The forge bundled as one file, as hived starts it. */
export async function bundleForge(): Promise<{ path: string; remove: () => Promise<void> }> {
  const out = await mkdtemp(join(tmpdir(), 'forge-bundle-'));
  const path = join(out, 'forge.mjs');
  await build({
    entryPoints: [join(top, 'forge/main.ts')],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    plugins: [rawText],
    external: ['*.node'],
    banner: {
      js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url); const __filename = (await import('node:url')).fileURLToPath(import.meta.url); const __dirname = (await import('node:path')).dirname(__filename);",
    },
  });
  return { path, remove: () => rm(out, { recursive: true }) };
}

const rawText: Plugin = {
  name: 'raw-text',
  setup(b) {
    b.onResolve({ filter: /\?raw$/ }, ({ resolveDir, path }) => ({
      path: join(resolveDir, path.replace(/\?raw$/, '')),
      namespace: 'raw',
    }));
    b.onLoad({ filter: /.*/, namespace: 'raw' }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

/**
 * Starts a forge process on `dir` (root/, agents/<name>/forge/, forge.sock); resolves when it is ready and the
 * agents' sockets exist.
 */
export async function startForgeProcess(
  bundle: string,
  dir: string,
  agents: readonly { name: string; isManager: boolean }[],
): Promise<ChildProcessWithoutNullStreams> {
  const started = spawn(process.execPath, [bundle], { env: { PATH: process.env['PATH'] } });
  const search = createSearchServer(() => createSecretFinder([]));
  await listenUnix(search, join(dir, 'search.sock'), { mode: 0o600 });
  started.once('exit', () => search.close());
  started.stderr.resume();
  started.stdin.on('error', () => undefined);
  sayTo(started, {
    type: 'configure',
    dir: join(dir, 'root'),
    operatorSocket: join(dir, 'forge.sock'),
    tokenSocket: join(dir, 'tokens.sock'),
    operatorGid: null,
    searchSocket: join(dir, 'search.sock'),
    egressSocket: join(dir, 'egress.sock'),
    caPem: null,
    maxPackBytes: 512 * 1024 * 1024,
    checks: { queueRuns: 3, artifactBytes: 64 * 1024 * 1024, artifactDays: 14, cacheBytes: 64 * 1024 * 1024 },
    sqliteBinding,
  });
  const socketOf = (name: string) => join(dir, 'agents', name, 'forge/agent.sock');
  sayTo(started, { type: 'agents', agents: agents.map((each) => ({ ...each, socket: socketOf(each.name) })) });
  sayTo(started, { type: 'injected', hosts: [] });
  let out = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await until('it is ready', () => out === '{"ready":true}\n', 60_000);
  for (const { name } of agents) await until("the agent's socket is there", () => exists(socketOf(name)), 60_000);
  return started;
}

/** Writes a control line, as hived does. */
export function sayTo(process: ChildProcessWithoutNullStreams, line: unknown): void {
  process.stdin.write(`${JSON.stringify(line)}\n`);
}
