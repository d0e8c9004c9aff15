import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/**
 * Runs `work` while this process cannot open any further file, socket or pipe (EMFILE), by the kernel's own limit; open
 * ones stay open. `work` may end the shortage itself.
 */
export async function withoutDescriptors<T>(work: (end: () => Promise<void>) => Promise<T>): Promise<T> {
  // Started before: afterwards nothing can be started.
  const shell = spawn('/bin/sh', { stdio: ['pipe', 'pipe', 'inherit'] });
  const run = async (command: string) => {
    const answered = once(shell.stdout, 'data');
    shell.stdin.write(`${command}; echo done\n`);
    await answered;
  };
  const [, before] = /^Max open files +(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? [];
  const end = () => run(`prlimit --pid ${process.pid} --nofile=${before}:`);
  await run(`prlimit --pid ${process.pid} --nofile=3:`);
  try {
    return await work(end);
  } finally {
    await end();
    shell.stdin.end();
    await once(shell, 'exit');
  }
}
