import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE_MS } from './support/patience.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A box's shortage is named with its limit and never counts against mail: mail waits, the resource is freed, and the
// turn succeeds without anybody's help.
let hive: TestHive;
const BOXES = { full: 512, hungry: 512, dying: 512, forking: 64, leaking: 512 };
beforeAll(async () => {
  // The kernel counts a user's processes on the whole host: these uids are of no other hive of this machine.
  const uids = { base: 400_000 + (process.pid % 1_000) * 10_000 };
  hive = await openTestHive({ agents: ['manager'], config: { uids } });
  await hive.start();
  for (const [name, pids] of Object.entries(BOXES)) {
    const limits = { memoryMb: 512, pids };
    await hive.admin.call('createAgent', { name, parent: 'manager', spec: { role: name, limits } });
  }
  await hive.allIdle();
});
afterAll(() => hive.close());

/** Nothing here is fast on a busy machine; a starved turn itself waits 15 seconds. */
const LONG = PATIENCE_MS;
/** Several such waits: the one that times out should fail before the test as a whole does. */
const WHOLE = 4 * PATIENCE_MS;
type Name = keyof typeof BOXES;

const bash = (to: Name, command: string) =>
  hive.admin.call('send', { to, body: `@Bash ${JSON.stringify({ command })}` });
/** A command that does this only the first time. */
const once = (command: string) => `test -e ~/once || { touch ~/once; ${command}; }`;
/** Runs a program in the box without the agent's own limits for commands. */
const python = (name: Name, program: string) => hive.inBox(name, ['/usr/bin/python3', '-c', program]);

/** Waits until the message was done, and expects that no turn of it ever counted against it. */
async function expectDone(id: number): Promise<void> {
  const receipt = async () => (await hive.admin.call('getThread', { id })).messages[0]?.receipts[0];
  await hive.until(async () => ['done', 'dead'].includes((await receipt())?.state ?? ''), `#${id} to end`, LONG);
  expect(await receipt()).toMatchObject({ state: 'done' });
  const db = new Database(join(hive.root, 'hive.db'), { readonly: true });
  try {
    expect(db.prepare('SELECT failures FROM deliveries WHERE message_id = ?').pluck().all(id)).toEqual([0]);
  } finally {
    db.close();
  }
}

/** Waits until a turn of the agent was starved for that reason, and expects the same of its state. */
async function expectStarved(agent: Name, reason: string): Promise<void> {
  const named = expect.stringContaining(reason);
  const finished = await hive.event(
    (event) => event.kind === 'turn.finished' && event.agent === agent && event.data['outcome'] === 'starved',
    LONG,
  );
  expect(finished.data).toMatchObject({ reason: named });
  const state = await hive.event(
    (event) => event.kind === 'harness.state' && event.agent === agent && event.data['state'] === 'starved',
  );
  expect(state.data).toMatchObject({ reason: named, until: expect.any(Number) });
}

test.concurrent(
  '/tmp is full: commands are refused and turns continue; a failed turn is told why, and /tmp is emptied',
  { timeout: WHOLE },
  async () => {
    await expectDone((await bash('full', 'dd if=/dev/zero of=/tmp/fill bs=1M count=600')).id);
    const { id } = await bash('full', once('dd if=/dev/zero of=/tmp/more bs=1M count=600; kill -9 $PPID'));
    await expectStarved('full', '/tmp is full (64 MB)');
    await expectDone(id);
    expect((await hive.inBox('full', ['ls', '/tmp'])).output).not.toMatch(/fill|more/);
  },
);

test.concurrent(
  'out of memory: the turn whose CLI the kernel killed waits, and succeeds when memory is free again',
  { timeout: WHOLE },
  async () => {
    // The command makes itself less likely to be killed than the CLI.
    const hog = `(echo 0 > /proc/$BASHPID/oom_score_adj; exec python3 -c 'x = []\nwhile True: x.append(bytearray(b"x") * (8 << 20))')`;
    const { id } = await bash('hungry', once(`${hog}; kill -9 $PPID`));
    await expectStarved('hungry', 'out of memory (512 MB)');
    await expectDone(id);
  },
);

test.concurrent(
  'a box that the kernel killed requeues its turn as starved, reports why, and is restarted',
  { timeout: WHOLE },
  async () => {
    const { id } = await bash('dying', once('sleep 600'));
    const begun = () => hive.inBox('dying', ['/usr/bin/test', '-e', '/agents/dying/state/once']);
    await hive.until(async () => (await begun()).code === 0, 'the turn to run', LONG);
    // Eight processes, together too large, none of which is as heavy as the harness with its oom_score_adj of 500.
    await python(
      'dying',
      `import os, time
open('/proc/self/oom_score_adj', 'w').write('0')
for i in range(3): os.fork()
x = []
while len(x) < 110: x.append(bytearray(b'x') * (1 << 20)); time.sleep(0.001)
time.sleep(600)`,
    ).catch(() => undefined);
    const exited = await hive.event((event) => event.kind === 'box.exited' && event.agent === 'dying', LONG);
    expect(exited.data).toMatchObject({ oom: true });
    const released = await hive.event(
      (event) => event.kind === 'turn.finished' && event.agent === 'dying' && event.data['outcome'] === 'starved',
      LONG,
    );
    expect(released.data).toMatchObject({ reason: expect.stringContaining('ran out of memory (512 MB)') });
    await expectDone(id);
  },
);

test.concurrent('no more processes: mail waits until leftover processes are ended', { timeout: WHOLE }, async () => {
  const forks = `python3 -c 'import subprocess\nwhile True: subprocess.Popen(["sleep", "900"])'`;
  await expectDone((await bash('forking', forks)).id);
  // Leftover processes may be ended before the next turn starts one: then once more.
  const starved = async () =>
    (await hive.events('turn.finished')).some(
      ({ agent, data }) => agent === 'forking' && data['outcome'] === 'starved',
    );
  for (let tries = 0; tries < 5 && !(await starved()); tries += 1) {
    await fillWithProcesses('forking');
    await expectDone((await hive.admin.call('send', { to: 'forking', body: 'are you there?' })).id);
  }
  await expectStarved('forking', 'no more processes (limit 64)');
});

/** Without the limit of commands, and refilled until it is ended; the warm CLI ends too. */
const fillWithProcesses = (name: Name) =>
  python(
    name,
    `import os, signal, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
full, tell = os.pipe()
if os.fork() != 0:
    os.read(full, 1)
    os._exit(0)
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        if b'claude' in open(f'/proc/{pid}/cmdline', 'rb').read().split(b'\\0')[0]: os.kill(int(pid), 9)
    except OSError: pass
for fd in (0, 1, 2): os.close(fd)
while True:
    try:
        if os.fork() == 0: signal.pause()
    except OSError:
        os.write(tell, b'x')
        time.sleep(0.01)`,
  );

test.concurrent('connections that a command leaks cost neither turns nor receipts', { timeout: WHOLE }, async () => {
  const leak = `import socket
held = []
try:
    while True:
        held.append(socket.create_connection(("127.0.0.1", (7001, 7002, 7003)[len(held) % 3])))
        if len(held) == 3000: open("leaked", "w").close()
except OSError: pass
__import__("time").sleep(900)`;
  const command = `cd; setsid python3 -c '${leak}' > /dev/null 2>&1 & until test -e ~/leaked; do sleep 0.1; done`;
  await expectDone((await bash('leaking', command)).id);
  const { id } = await bash('leaking', 'echo still here');
  await expectDone(id);
  const said = await hive.event(
    (event) =>
      event.kind === 'delivery.in_context' &&
      event.agent === 'leaking' &&
      (event.data['messages'] as number[]).includes(id),
    LONG,
  );
  expect(said.data).toMatchObject({ messages: [id] });
  await hive.event(
    (event) => event.kind === 'turn.tool_result' && event.agent === 'leaking' && event.data['text'] === 'still here',
    LONG,
  );
});
