import { HiveError } from '../../protocol/errors.ts';
import { type DashboardControl, dashboardControl } from '../../protocol/schemas/service.ts';
import { announceReady, readControl } from '../../wire/control.ts';
import { ORPHAN_DRAIN_MS, readEnvironment, STOP_DRAIN_MS } from './config.ts';
import { type DashboardServer, startServer } from './create-server.ts';

/**
 * The dashboard process. hived starts it as an unprivileged user and sends its settings over stdin; it ends on SIGTERM
 * or when hived dies (end of stdin).
 *
 *   waiting ──configure──► serving ──SIGTERM, end of stdin──► draining ──► exit 0
 */
const environment = readEnvironment(process.env);
let server: DashboardServer | null = null;
let ending = false;

async function configure(line: DashboardControl): Promise<void> {
  if (server !== null) throw new Error('configured twice');
  try {
    server = await startServer(line, environment);
    announceReady();
  } catch (error) {
    const failure = error instanceof HiveError ? error : new HiveError('internal', String(error), { cause: error });
    process.stderr.write(`${failure.code}: ${failure.message}\n`);
    process.exit(failure.exitCode);
  }
}

async function end(drainMs: number): Promise<void> {
  if (ending) return;
  ending = true;
  await server?.stop(drainMs);
  process.exit(0);
}

readControl(dashboardControl, { onLine: configure, onEnd: () => void end(ORPHAN_DRAIN_MS) });
process.on('SIGTERM', () => void end(STOP_DRAIN_MS));
process.on('SIGINT', () => void end(STOP_DRAIN_MS));
