import { endOf, type ProgramEnd, type ProgramSpec, spawnChild } from './spawn-child.ts';

/**
 * Runs a program on our own terminal, in our process group: Ctrl-C reaches it from the terminal, and an abort (a signal
 * sent to us alone) is passed on as SIGTERM. Never rejects.
 */
export async function runOnTerminal(spec: ProgramSpec, signal: AbortSignal): Promise<ProgramEnd> {
  const child = spawnChild(spec, { stdio: 'inherit', detached: false });
  const stop = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const end = await endOf(child, 'close');
  signal.removeEventListener('abort', stop);
  return end;
}
