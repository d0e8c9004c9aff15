import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pty, runInPty } from './support/pty.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

/* Terminals in a hive's own boxes, through hivectl in a terminal of the test's own. */
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: { terminals: { per_agent: 2, grace_ms: 1_000 } },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

const PROMPT = /scout@agent:[^\n]*\$ /;

function shell(name = 'scout'): Pty {
  const env = { PATH: process.env['PATH'], HIVE_ROOT: hive.root, HIVE_RUN: hive.run, TERM: 'xterm' };
  return runInPty([process.execPath, join(hive.root, '../app/hivectl.mjs'), 'shell', name], env);
}

/** Runs a command in a shell that shows its prompt; returns what it shows up to the next one. */
async function run(pty: Pty, line: string): Promise<string> {
  const from = pty.shown().length;
  pty.type(`${line}; echo; echo "en""d"\r`);
  const [shown] = await pty.waitFor(/[^]*[\r\n]end\r*\n/, from);
  return shown;
}

const marked = async () =>
  (await hive.inBox('scout', ['sh', '-c', 'grep -l HIVE_TERMINAL /proc/[0-9]*/environ; true'])).output;

test("a shell in the box: the box's own user, its directory and isolation, size, colours, UTF-8, exit code", async () => {
  const pty = shell();
  await pty.waitFor(PROMPT);
  expect(await run(pty, 'id -un; pwd; echo $TERM $COLORTERM')).toMatch(
    /\rscout\r*\n\/agents\/scout\/state\r*\nxterm-256color truecolor\r*\n/,
  );
  const status = await run(pty, 'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status');
  expect(status).toMatch(/CapEff:\s+0{16}\s+CapBnd:\s+0{16}\s+NoNewPrivs:\s+1\s+Seccomp:\s+2/);
  expect(await run(pty, 'stty size')).toMatch(/\r24 80\r*\n/);
  pty.resize(40, 132);
  await expect.poll(() => run(pty, 'stty size')).toMatch(/\r40 132\r*\n/);
  expect(await run(pty, 'printf "\\033[38;2;1;2;3mgröße 漢\\033[0m\\n"')).toContain(
    '\u001b[38;2;1;2;3mgröße 漢\u001b[0m',
  );
  pty.type('exit 7\r');
  expect(await pty.ended).toEqual({ code: 7, same: true });
  const opened = await hive.event(({ kind }) => kind === 'terminal.opened');
  expect(opened).toMatchObject({ agent: 'scout', data: { kind: 'shell', by: 'hivectl' } });
  const closed = await hive.event(({ kind }) => kind === 'terminal.closed');
  expect(closed).toMatchObject({
    agent: 'scout',
    data: { why: 'exited', exitCode: 7, terminal: opened.data['terminal'] },
  });
  expect(closed.data['bytesIn']).toBeGreaterThan(50);
  expect(closed.data['bytesOut']).toBeGreaterThan(50);
});

test('what a program does to the terminal is undone, and what could harm it does not arrive', async () => {
  const pty = shell();
  await pty.waitFor(PROMPT);
  await run(pty, 'printf "\\033[?1049h\\033[?1003h\\033[?2004h\\033[?25l\\033]52;c;ZXZpbA==\\a\\033]0;evil\\aafter"');
  pty.type('exit\r');
  await pty.ended;
  const shown = pty.shown();
  expect(shown).toContain('\u001b[?1049h');
  expect(shown).toContain('after');
  expect(shown).not.toContain('\u001b]');
  const end = shown.slice(-200);
  for (const undone of ['\u001b[?25h', '\u001b[?2004l', '\u001b[?1003l', '\u001b[?1049l'])
    expect(end).toContain(undone);
});

test('Ctrl-C interrupts the program and not hivectl; a flood is stopped by it', async () => {
  const pty = shell();
  await pty.waitFor(PROMPT);
  pty.type('yes\r');
  await pty.waitFor(/(?:y\r*\n){5000}/);
  pty.type('\u0003');
  await pty.waitFor(/\^C[^]*\$ $/);
  expect(await run(pty, 'echo still here')).toContain('\rstill here');
  pty.type('exit\r');
  await pty.ended;
});

test('no more terminals than allowed, and none in a box that does not run', async () => {
  const held = await Promise.all(
    [1, 2].map(async () => {
      const pty = shell();
      await pty.waitFor(PROMPT);
      return pty;
    }),
  );
  const third = shell();
  expect((await third.ended).code).toBe(75);
  expect(third.shown()).toContain('terminals.per_agent');
  for (const pty of held) pty.type('exit\r');
  await Promise.all(held.map((pty) => pty.ended));
  expect((await hive.hivectl(['shell', 'scout'])).code).toBe(64);
});

test('a hivectl that is killed leaves nothing running, not even what ignores the end of its terminal', async () => {
  const pty = shell();
  await pty.waitFor(PROMPT);
  await run(pty, 'nohup sleep 1000 >/dev/null 2>&1 & setsid sleep 1001 & true');
  expect(await marked()).toContain('environ');
  pty.kill();
  await hive.until(async () => (await marked()) === '', 'the programs to end');
  expect((await hive.admin.call('listTerminals', {})).terminals).toEqual([]);
});

test('Enter ~ . leaves a program that hangs', async () => {
  const pty = shell();
  await pty.waitFor(PROMPT);
  pty.type("trap '' INT TERM HUP; while :; do :; done\r");
  pty.type('\r~.');
  expect((await pty.ended).same).toBe(true);
  await hive.until(async () => (await marked()) === '', 'the programs to end');
});

test('the end of hived ends its terminals, also when it is killed; the next one cleans up', async () => {
  const pty = shell();
  await pty.waitFor(PROMPT);
  await run(pty, 'setsid nohup sleep 1002 >/dev/null 2>&1 & true');
  await hive.kill();
  await hive.start();
  await pty.waitFor(/The terminal ended while nobody was connected/);
  expect((await pty.ended).same).toBe(true);
  await hive.until(async () => (await marked()) === '', 'the programs to end');
});

test('the end of the box is the end of its terminals', async () => {
  await hive.allIdle();
  const pty = shell();
  await pty.waitFor(PROMPT);
  await hive.hivectl(['restart', 'scout']);
  expect((await pty.ended).same).toBe(true);
  expect((await hive.admin.call('listTerminals', {})).terminals).toEqual([]);
});
