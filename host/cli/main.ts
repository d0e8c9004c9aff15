import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adminSurface } from '../../protocol/operations/admin.ts';
import { forgeSurface } from '../../protocol/operations/services.ts';
import { connectSurface } from '../../wire/client.ts';
import { followSignal } from './follow-signal.ts';
import { readSettings, type Settings } from './config.ts';
import { interruptedBy } from './ended-by.ts';
import { reportError } from './output/report-error.ts';
import type { Io } from './output/terminal.ts';
import { runCommandLine } from './program.ts';

/** hivectl's entry point: streams, signals, settings, and the exit code. */
async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupt.abort(interruptedBy(signal)));
  // A reader that closed the pipe (`hivectl events | head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 74));

  let settings: Settings;
  try {
    settings = readSettings();
  } catch (error) {
    return reportError(error, ioOf(null), argv.includes('--json'));
  }
  const { signal } = interrupt;
  const hive = followSignal(adminSurface, connectSurface(adminSurface, settings.adminSocket), signal);
  const forge = followSignal(forgeSurface, connectSurface(forgeSurface, settings.forgeSocket), signal);
  try {
    return await runCommandLine(
      {
        settings,
        io: ioOf(settings),
        hive,
        forge,
        signal,
        dist: dirname(fileURLToPath(import.meta.url)),
        now: Date.now,
      },
      argv,
    );
  } finally {
    await Promise.all([hive.close(), forge.close()]);
  }
}

function ioOf(settings: Settings | null): Io {
  const { stdout, stderr, stdin } = process;
  return {
    stdout,
    stderr,
    stdin,
    // Some terminals report 0 columns when they do not know their width.
    columns: () => (stdout.isTTY && stdout.columns > 0 ? stdout.columns : null),
    color: settings?.color ?? stdout.isTTY,
    tty:
      stdin.isTTY && stdout.isTTY
        ? {
            size: () => ({ cols: within(stdout.columns), rows: within(stdout.rows) }),
            onResize(listener) {
              stdout.on('resize', listener);
              return () => stdout.off('resize', listener);
            },
          }
        : null,
  };
}

/** Some terminals report 0 when they do not know their size. */
function within(cells: number): number {
  return Math.min(Math.max(cells > 0 ? cells : 80, 2), 1_000);
}

process.exitCode = await main();
