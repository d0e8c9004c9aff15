import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { inspectTool } from './inspect-tool.ts';

/** A shell in the CLI's place, with this command as its child; its input stays open and is never written. */
async function runCommand(command: string): Promise<number> {
  const shell = spawn('sh', ['-c', `(${command}); true`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const pid = shell.pid ?? 0;
  onTestFinished(async () => {
    const gone = once(shell, 'exit');
    process.kill(-pid, 'SIGKILL');
    await gone;
  });
  await expect.poll(async () => (await inspectTool(pid))?.count ?? 0).toBeGreaterThan(0);
  return pid;
}

test.each([
  ['a command that reads its input waits for it', 'cat', true],
  ['one that sleeps does not', 'sleep 600', false],
  ['a pipeline waits for its own beginning, not for input', 'sleep 600 | cat', false],
])('%s', async (_name, command, readsInput) => {
  const pid = await runCommand(command);
  await expect.poll(async () => (await inspectTool(pid))?.readsInput).toBe(readsInput);
});

test('a process without children has no tool', async () => {
  expect(await inspectTool(2 ** 22 + 1)).toBeNull();
});
