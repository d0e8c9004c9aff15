import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startProgram } from './start-program.ts';

const env = { PATH: '/usr/bin:/bin' };
const sh = (script: string, talks: boolean) => startProgram({ argv: ['sh', '-c', script], env }, { talks });

test('a program and its children talk to us over descriptor 3, in both directions', async () => {
  const program = sh('sh -c "echo question >&3; read -r answer <&3; echo got \\$answer; cat <&3"', true);
  program.stdin.end();
  program.stderr.resume();
  program.talk?.once('data', (question) => program.talk?.end(`${String(question).trim()} answered\nand the rest`));
  expect(await text(program.stdout)).toBe('got question answered\nand the rest');
  expect(await program.ended).toMatchObject({ code: 0 });
});

test('without being asked for, there is no descriptor 3; and one that nobody uses does not delay the end', async () => {
  const silent = sh('echo x >&3', false);
  silent.stdout.resume();
  silent.stderr.resume();
  expect(silent.talk).toBeNull();
  expect((await silent.ended).code).not.toBe(0);
  const unread = sh('echo unread >&3', true);
  unread.stdout.resume();
  unread.stderr.resume();
  expect(await unread.ended).toMatchObject({ code: 0 });
});

test('a process outside the group that keeps descriptor 3 open does not delay the end', async () => {
  const script = "setsid sh -c 'echo $$; exec sleep 600 >/dev/null 2>&1 </dev/null' & read -r _";
  const program = startProgram({ argv: ['sh', '-c', script], env }, { talks: true, drainMs: 50 });
  program.stderr.resume();
  let pid = 0;
  program.stdout.once('data', (line) => {
    // It has left the group.
    pid = Number(line);
    program.stdin.end('\n');
  });
  expect(await program.ended).toMatchObject({ code: 0 });
  process.kill(pid, 'SIGKILL');
});
