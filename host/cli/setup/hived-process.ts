import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, readSync, closeSync, renameSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import type { adminSurface } from '../../../protocol/operations/admin.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import { isAlive } from '../../../system/process/inspect-process.ts';
import type { Daemon } from '../../../system/process/start-daemon.ts';
import type { SurfaceClient } from '../../../wire/client.ts';
import { runProgram, startDaemon } from '../process/run-program.ts';
import { waitUntil } from '../process/wait-until.ts';
import { lastLines } from './apt.ts';
import type { SetupContext } from './setup-context.ts';

export type HiveStatus = OpOutput<(typeof adminSurface)['status']>;
type Client = SurfaceClient<typeof adminSurface>;

const READY_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 75_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** The hive's status, or null when no hived answers. */
export async function askStatus(client: Client): Promise<HiveStatus | null> {
  try {
    return await client.call('status', {}, { timeoutMs: 5_000 });
  } catch (error) {
    if (error instanceof HiveError && error.code === 'hive_unreachable') return null;
    throw error;
  }
}

/**
 * Has hived check config.yaml before anything is started. Throws hived's own error. A build that has accepted the same
 * text in the same environment before is asked again only when it matters that nothing has changed around it
 * (`trustEarlier: false`): a missing certificate file must be found before a running hive is stopped.
 */
export async function checkConfig(
  context: SetupContext,
  build: string,
  { trustEarlier }: { trustEarlier: boolean },
): Promise<string> {
  const { settings } = context;
  const text = existsSync(settings.configFile) ? readFileSync(settings.configFile) : '';
  const stamp = join(settings.root, 'app', build, 'config-checked');
  const checked = fingerprint([settings.root, settings.run, settings.childEnv], text);
  const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (before !== checked || !trustEarlier) {
    await askHivedOfConfig(context, build);
    // For its owner alone: the hash covers a proxy's password. On a full disk the check is repeated the next time.
    await writeFile(stamp, checked, { mode: 0o600 }).catch(() => undefined);
  }
  return text === '' ? `the defaults; ${settings.configFile} may say otherwise` : settings.configFile;
}

function fingerprint(environment: unknown, text: string | Buffer): string {
  return createHash('sha256').update(JSON.stringify(environment)).update(text).digest('hex');
}

async function askHivedOfConfig({ settings, signal }: SetupContext, build: string): Promise<void> {
  const { code, output } = await runProgram(process.execPath, {
    args: [scriptOf(settings.root, build), '--check-config'],
    env: { ...settings.childEnv, HIVE_ROOT: settings.root, HIVE_RUN: settings.run },
    signal,
  });
  if (code === 0) return;
  throw (
    errorIn(output) ?? new HiveError('config_invalid', `${settings.configFile} is not valid:\n${lastLines(output, 5)}`)
  );
}

/** Starts a copied build of hived: in the background with its output in the log, or on our terminal. */
export function startHived(
  { settings }: SetupContext,
  build: string,
  mode: 'background' | 'foreground',
): Promise<Daemon> {
  // Not the node that runs hivectl: it may be in somebody's home directory, where the hive's services may not read.
  const program = join(settings.toolchain, 'node/bin/node');
  if (mode === 'background') makeRoomInLog(settings.logFile);
  // On a terminal a failed start prints a line for people; in the log `waitForReady` parses it.
  const plain = mode === 'foreground' ? ['--plain-errors'] : [];
  return startDaemon([program, scriptOf(settings.root, build), ...plain], {
    env: { ...settings.childEnv, HIVE_ROOT: settings.root, HIVE_RUN: settings.run },
    logFile: mode === 'background' ? settings.logFile : null,
  });
}

/** Waits until hived is ready. Fails at once, with hived's own error, when it ends before that. */
export async function waitForReady(context: SetupContext, daemon: Daemon, client: Client): Promise<HiveStatus> {
  const { logFile } = context.settings;
  const status = await waitUntil(
    async () => {
      const end = daemon.end();
      if (end !== null) throw whyItEnded(logFile, end.code);
      const answer = await askStatus(client);
      // Only the hived that we started counts: an older one may still be shutting down.
      return answer?.ready === true && answer.pid === daemon.pid ? answer : null;
    },
    { everyMs: 40, withinMs: READY_WITHIN_MS, signal: context.signal },
  );
  if (status !== null) return status;
  throw new HiveError(
    'setup_failed',
    `hived is not ready after ${READY_WITHIN_MS / 1000} s. The end of its log, ${logFile}:\n${readTail(logFile)}`,
  );
}

/** Waits until a hived that was told to stop is gone. */
export async function waitUntilGone(pid: number, signal: AbortSignal): Promise<void> {
  const gone = await waitUntil(async () => (isAlive(pid) ? null : true), {
    everyMs: 40,
    withinMs: GONE_WITHIN_MS,
    signal,
  });
  if (gone === null)
    throw new HiveError(
      'service_unavailable',
      `hived (pid ${pid}) was told to stop but still runs after ${GONE_WITHIN_MS / 1000} s. Look into its log, or end it: kill ${pid}`,
    );
}

/** The build that a running hived was started from; null when that cannot be determined. */
export function runningBuild(pid: number): string | null {
  try {
    const script = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .find((arg) => basename(arg) === 'hived.mjs');
    return script === undefined ? null : basename(dirname(script));
  } catch {
    return null;
  }
}

function scriptOf(root: string, build: string): string {
  return join(root, 'app', build, 'hived.mjs');
}

function whyItEnded(logFile: string, code: number | null): HiveError {
  const tail = readTail(logFile);
  return (
    errorIn(tail) ??
    new HiveError(
      'setup_failed',
      `hived ended at once (${code === null ? 'by a signal' : `code ${code}`}). The end of its log, ${logFile}:\n${lastLines(tail, 12)}`,
    )
  );
}

/** The newest error body among the lines that hived printed. */
function errorIn(output: string): HiveError | null {
  for (const line of output.split('\n').toReversed()) {
    if (!line.startsWith('{"error":')) continue;
    try {
      return HiveError.fromBody(JSON.parse(line));
    } catch {
      continue;
    }
  }
  return null;
}

/** The last 4 KiB that the newest start wrote. */
function readTail(logFile: string): string {
  if (!existsSync(logFile)) return '';
  const { size } = statSync(logFile);
  const length = Math.min(size, 4_096);
  const file = openSync(logFile, 'r');
  try {
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    return buffer.toString();
  } finally {
    closeSync(file);
  }
}

/** Renames a log that has grown large, once, at a start. */
function makeRoomInLog(logFile: string): void {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  if (existsSync(logFile) && statSync(logFile).size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.1`);
}
