import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DashboardControl } from '../../protocol/schemas/service.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

export type Given = Pick<DashboardControl, 'hivedSocket' | 'forgeSocket' | 'port'> & Partial<DashboardControl>;

/** A running dashboard, started as hived does it: the built process with its settings over stdin. */
export interface RunningDashboard {
  readonly origin: string;
  readonly child: ChildProcess;
  /** Resolves with the exit code once the process is gone. */
  readonly exited: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** Starts `dist/dashboard.mjs` and waits for its ready line. Needs a build ("npm run build"). */
export async function startDashboard(given: Given): Promise<RunningDashboard> {
  const { child, exited, said } = spawnDashboard(given);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ready = once(lines, 'line').then(() => true);
  if (!(await Promise.race([ready, exited.then(() => false)]))) throw new Error(`the dashboard ended: ${said()}`);
  return {
    origin: `http://127.0.0.1:${given.port}`,
    child,
    exited,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Starts the process and sends the first control line. `said` returns its stderr output so far. */
export function spawnDashboard(given: Given): {
  child: ChildProcess;
  exited: Promise<number | null>;
  said: () => string;
} {
  const child = spawn(process.execPath, [`${dist}dashboard.mjs`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { HIVE_LOG_LEVEL: 'error' },
  });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const line: DashboardControl = {
    type: 'configure',
    hiveId: '7a1de0c8-7d51-4a50-9a3c-2b1f3a5b9c01',
    host: '127.0.0.1',
    allowedHosts: [],
    webDir: `${dist}web`,
    forgeTokenSocket: 'nowhere',
    ...given,
  };
  child.stdin?.write(`${JSON.stringify(line)}\n`);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exited, said: () => text };
}
