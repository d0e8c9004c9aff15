import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { pause } from '../../../../system/pause.ts';
import type { BoxTerminal, TerminalPlan } from '../runtime.ts';
import { callEngine } from './engine-call.ts';

const QUICK_MS = 10_000;
const SLOW_MS = 60_000;
/** The engine refuses a size until the program runs, and says nothing when it does. */
const SIZE_TRIES = 50;
const SIZE_PAUSE_MS = 20;
/**
 * The engine ends an attachment at these keys and would hold back the first of them until the next key. This one is on
 * few keyboards; the others cannot follow it by accident.
 */
const NO_DETACH = 'ctrl-^,ctrl-@,ctrl-^,ctrl-@,ctrl-^,ctrl-@';

/**
 * Starts a program with a terminal of its own in a running box, as the box's own user and with its isolation (the
 * engine applies it to every process of a container). When the connection ends, the engine hangs the terminal up.
 */
export async function openBoxTerminal(
  docker: Docker,
  container: Docker.Container,
  plan: TerminalPlan,
): Promise<BoxTerminal> {
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
  const stream: Duplex = await callEngine({ timeoutMs: SLOW_MS }, () =>
    exec.start({ hijack: true, stdin: true, Tty: true, Detach: false }),
  );
  // Its reader hears an error as its end.
  stream.on('error', () => undefined);
  const resize = async (cols: number, rows: number) => {
    await callEngine({ timeoutMs: QUICK_MS }, (abortSignal) => exec.resize({ h: rows, w: cols, abortSignal }));
  };
  await sizeAtStart(() => resize(plan.cols, plan.rows), stream);
  return {
    stream,
    resize,
    async exitCode() {
      const found = await callEngine({ timeoutMs: QUICK_MS, fine: [404] }, () => exec.inspect());
      return found === null || found.Running ? null : (found.ExitCode ?? null);
    },
  };
}

async function sizeAtStart(resize: () => Promise<void>, stream: Duplex): Promise<void> {
  const never = new AbortController().signal;
  for (let tries = 0; tries < SIZE_TRIES && !stream.destroyed; tries += 1) {
    if (
      await resize().then(
        () => true,
        () => false,
      )
    )
      return;
    await pause(SIZE_PAUSE_MS, never);
  }
}

/** Runs a program in a running box to its end, without a terminal; its output is discarded. Returns its exit code. */
export async function runInBox(
  container: Docker.Container,
  plan: { argv: readonly string[]; timeoutMs: number },
): Promise<{ exitCode: number | null }> {
  return callEngine({ timeoutMs: plan.timeoutMs }, async (abortSignal) => {
    const exec = await container.exec({ Cmd: [...plan.argv], AttachStdout: true, AttachStderr: true, abortSignal });
    const stream = await exec.start({ hijack: true, stdin: false });
    const stop = () => stream.destroy();
    abortSignal.addEventListener('abort', stop, { once: true });
    await finished(stream.resume()).catch(() => undefined);
    abortSignal.removeEventListener('abort', stop);
    return { exitCode: (await exec.inspect()).ExitCode ?? null };
  });
}

function toEnv(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
