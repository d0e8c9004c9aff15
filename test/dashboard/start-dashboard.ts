import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DashboardControl } from '../../protocol/schemas/service.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** The dashboard as hived starts it: the built process, told over stdin where to listen. */
export interface RunningDashboard {
  readonly origin: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts `dist/dashboard.mjs` and waits until it says that it listens. Needs a build ("node bin/build.mjs"). */
export async function startDashboard(
  given: { hivedSocket: string; forgeSocket: string; port: number } & Partial<DashboardControl>,
): Promise<RunningDashboard> {
  const child = spawnDashboard();
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  configure(child, given);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ready = once(lines, 'line');
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`exit ${String(code)}: ${complaints}`)));
  await Promise.race([ready, died]);
  died.catch(() => {});
  return {
    origin: `http://127.0.0.1:${given.port}`,
    child,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The bare process, waiting for its first control line. */
export function spawnDashboard(): ChildProcess {
  return spawn(process.execPath, [`${dist}dashboard.mjs`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { HIVE_LOG_LEVEL: 'error' },
  });
}

/** Sends the `configure` line. */
export function configure(
  child: ChildProcess,
  given: { hivedSocket: string; forgeSocket: string; port: number } & Partial<DashboardControl>,
): void {
  const line: DashboardControl = {
    type: 'configure',
    host: '127.0.0.1',
    allowedHosts: [],
    webDir: `${dist}web`,
    ...given,
  };
  child.stdin?.write(`${JSON.stringify(line)}\n`);
}
