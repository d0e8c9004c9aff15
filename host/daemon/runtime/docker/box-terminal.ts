import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { pause } from '../../../../system/pause.ts';
import type { BoxTerminal, TerminalPlan } from '../runtime.ts';
import { callEngine } from './engine-call.ts';

const QUICK_MS = 10_000;
const SLOW_MS = 60_000;
/** The engine refuses a size until the program runs, and says nothing when it does: it is tried for so long. */
const SIZE_MS = 2_000;
const SIZE_PAUSE_MS = 20;
/**
 * The engine ends an attachment at these keys and would hold back the first of them until the next key. This one is on
 * few keyboards; the others cannot follow it by accident.
 */
const NO_DETACH = 'ctrl-^,ctrl-@,ctrl-^,ctrl-@,ctrl-^,ctrl-@';

/**
 * Starts a program with a terminal of its own in a running box, as the box's own user and with its isolation (the
 * engine applies it to every process of a container). When the connection ends, the engine hangs the terminal up.
 * A start whose answer comes after `startMs` (milliseconds) is an error, and what it started is ended.
 */
export async function openBoxTerminal(
  docker: Pick<Docker, 'getExec'>,
  container: Pick<Docker.Container, 'exec'>,
  plan: TerminalPlan & { startMs?: number; sizeMs?: number },
): Promise<BoxTerminal> {
  const { startMs = SLOW_MS, sizeMs = SIZE_MS } = plan;
  const made = await callEngine({ timeoutMs: QUICK_MS }, (abortSignal) =>
    container.exec({
      Cmd: [...plan.argv],
      Env: toEnv(plan.env),
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      DetachKeys: NO_DETACH,
      Privileged: false,
      abortSignal,
    }),
  );
  const exec = docker.getExec(made.id);
  const starting: Promise<Duplex> = exec.start({ hijack: true, stdin: true, Tty: true, Detach: false });
  const stream = await callEngine({ timeoutMs: startMs }, () => starting).catch((error: unknown) => {
    void starting.then(endStream, () => undefined);
    throw error;
  });
  // Its reader hears an error as its end.
  stream.on('error', () => undefined);
  const resize = async (cols: number, rows: number, signal?: AbortSignal) => {
    await callEngine({ timeoutMs: QUICK_MS, signal }, (abortSignal) => exec.resize({ h: rows, w: cols, abortSignal }));
  };
  const deadline = AbortSignal.timeout(sizeMs);
  await sizeAtStart(() => resize(plan.cols, plan.rows, deadline), { stream, deadline });
  return {
    stream,
    resize: (cols, rows) => resize(cols, rows),
    async exitCode() {
      const found = await callEngine({ timeoutMs: QUICK_MS, fine: [404] }, () => exec.inspect());
      return found === null || found.Running ? null : (found.ExitCode ?? null);
    },
  };
}

/** For a stream that nobody reads. */
function endStream(stream: Duplex): void {
  stream.on('error', () => undefined).destroy();
}

async function sizeAtStart(
  resize: () => Promise<void>,
  { stream, deadline }: { stream: Duplex; deadline: AbortSignal },
): Promise<void> {
  while (!stream.destroyed && !deadline.aborted) {
    if (
      await resize().then(
        () => true,
        () => false,
      )
    )
      return;
    await pause(SIZE_PAUSE_MS, deadline);
  }
}

/** Runs a program in a running box to its end, without a terminal; its output is discarded. Returns its exit code. */
export async function runInBox(
  container: Pick<Docker.Container, 'exec'>,
  plan: { argv: readonly string[]; timeoutMs: number },
): Promise<{ exitCode: number | null }> {
  return callEngine({ timeoutMs: plan.timeoutMs }, async (abortSignal) => {
    const exec = await container.exec({ Cmd: [...plan.argv], AttachStdout: true, AttachStderr: true, abortSignal });
    const stream = await exec.start({ hijack: true, stdin: false });
    const stop = () => stream.destroy();
    abortSignal.addEventListener('abort', stop, { once: true });
    // The deadline may have passed while it was started.
    if (abortSignal.aborted) stop();
    await finished(stream.resume()).catch(() => undefined);
    abortSignal.removeEventListener('abort', stop);
    return { exitCode: (await exec.inspect()).ExitCode ?? null };
  });
}

function toEnv(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
