import { randomUUID } from 'node:crypto';
import { chown, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { createDockerRuntime } from '../../host/daemon/runtime/docker/docker-runtime.ts';
import type { BoxPlan, BoxRef, BoxStatus } from '../../host/daemon/runtime/runtime.ts';
import { planBox, waitForState } from '../../host/daemon/runtime/runtime-contract.ts';
import { ENGINE_SOCKET, pathOf, placeAt, TEST_IMAGE } from './engine-under-test.ts';

/*
 * Attacks from inside a box, each told as: vulnerability, scenario, what is verified (attacks.md 6).
 * The attackers are the shell and the Python of the base image, run as the agent would run them.
 */
describe('a box confines its agent', () => {
  const runtime = createDockerRuntime({ socketPath: ENGINE_SOCKET, hiveId: randomUUID(), pathOf });
  const UID = 54_321;
  let dir: string;
  let generation = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hive-lockdown-'));
    for (const name of ['mallory', 'alice']) {
      await mkdir(join(dir, 'agents', name, 'state'), { recursive: true });
      await chown(join(dir, 'agents', name, 'state'), UID, UID);
    }
    await writeFile(join(dir, 'agents/alice/state/secret'), 'alice keeps this');
    await mkdir(join(dir, 'toolchain'));
    await writeFile(join(dir, 'toolchain/tool'), 'v1');
  });

  afterAll(async () => {
    for (const box of await runtime.list()) await runtime.destroy(box);
    expect(await runtime.list()).toEqual([]);
    await rm(dir, { recursive: true });
  });

  const mounts = () => [
    { place: placeAt(join(dir, 'agents/mallory/state')), target: '/agents/mallory/state', readOnly: false },
    { place: placeAt(join(dir, 'toolchain')), target: '/opt/hive', readOnly: true },
  ];

  async function attack(
    argv: readonly string[],
    change: Partial<BoxPlan> = {},
  ): Promise<{ lines: string[]; status: BoxStatus }> {
    generation += 1;
    const plan = planBox({ image: TEST_IMAGE }, '', {
      agent: 'mallory' as AgentName,
      generation,
      mounts: mounts(),
      argv,
      ...change,
    });
    const box = await runtime.create(plan);
    await runtime.start(box);
    const status = await waitForState(runtime, box, 'exited');
    return { status, lines: (await runtime.logs(box, 1_000)).map((line) => line.text) };
  }
  const inShell = (script: string, change: Partial<BoxPlan> = {}) => attack(['/bin/sh', '-c', script], change);
  /** Like `attack`, but returns while it runs, to be inspected: the caller ends it. */
  async function attackWhileItRuns(script: string) {
    generation += 1;
    const argv = ['/usr/bin/python3', '-c', script];
    const box = await runtime.create(
      planBox({ image: TEST_IMAGE }, '', { agent: 'mallory' as AgentName, generation, mounts: mounts(), argv }),
    );
    await runtime.start(box);
    return { box, ended: () => runtime.destroy(box) };
  }
  const linesOf = async (box: BoxRef) => (await runtime.logs(box, 1_000)).map((line) => line.text);
  const inPython = (script: string, change: Partial<BoxPlan> = {}) =>
    attack(['/usr/bin/python3', '-c', script], change);

  test('privileges', async () => {
    // Vulnerability: a process with a capability, a set-user-id program, or system calls that no filter blocks.
    // Scenario: the agent inspects its own privileges, then tries to become root by a set-user-id program of the image.
    // Verified: no capability in any set, no new privileges, a filter, its own user and groups only.
    const { lines } = await inShell(
      'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; id; su -c id root </dev/null 2>&1; cat /proc/1/oom_score_adj; hostname',
      { groups: [54_400] },
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(lines).toContain(`${set}:\t0000000000000000`);
    expect(lines).toContain('NoNewPrivs:\t1');
    expect(lines).toContain('Seccomp:\t2');
    expect(lines).toContain(`uid=${UID} gid=${UID} groups=${UID},54400`);
    expect(lines.join('\n')).not.toContain('uid=0');
    expect(lines).toContain('500');
    expect(lines.at(-1)).toBe('agent');
  });

  test('network', async () => {
    // Vulnerability: any interface but loopback, or a socket family that no network namespace confines.
    // Scenario: the agent lists interfaces, connects out over IPv4, and opens sockets of every family.
    // Verified: only lo; connecting fails at once; only Unix, IPv4, IPv6 and route netlink sockets can be opened.
    const { lines } = await inPython(`
import os, socket
print('interfaces', sorted(os.listdir('/sys/class/net')))
for address in ('1.1.1.1', '169.254.169.254', '172.17.0.1'):
    try:
        socket.create_connection((address, 80), 3); print('connected', address)
    except OSError as e: print('dial', e.errno)
opened = []
for family in range(1, 46):
    for kind in (1, 2, 3, 5):
        try: socket.socket(family, kind, 0).close(); opened.append(family)
        except OSError: pass
print('families', sorted(set(opened)))
for protocol in (2, 4, 9, 12, 15):
    try: socket.socket(16, 3, protocol); print('netlink', protocol)
    except OSError: pass
`);
    expect(lines).toEqual(["interfaces ['lo']", 'dial 101', 'dial 101', 'dial 101', 'families [1, 2, 10, 16]']);
  });

  test('system calls that administer a machine', async () => {
    // Vulnerability: kernel interfaces used in known container escapes: namespaces, mounts, keyrings, BPF, io_uring, …
    // Scenario: the agent calls each of them directly, with arguments that the kernel would process.
    // Verified: the filter refuses each one (EPERM, or ENOSYS where libraries should fall back) by its number, not
    // because of its arguments.
    const { lines } = await attack(['/usr/bin/perl', '-e', CALL_EACH]);
    const fallBack = new Set(['io_uring_setup', 'io_setup', 'io_submit', 'clone3']);
    expect(lines).toHaveLength(39);
    for (const line of lines) {
      const name = line.split(' ')[0] ?? '';
      expect(line).toMatch(fallBack.has(name) ? / -1 38$/ : / -1 1$/);
    }
  });

  test('file systems', async () => {
    // Vulnerability: a writable root file system, a mount that was not declared, a read-only mount that is not.
    // Scenario: the agent reads its mount table and writes wherever it can.
    // Verified: only the plan's mounts beside the engine's own, each as declared; root and toolchain refuse; /tmp ends at its size.
    const { lines } = await inShell(
      `cut -d' ' -f4-6 /proc/self/mountinfo | sed 's/^/mount /'
       for file in /x /etc/x /usr/bin/x /opt/hive/tool /opt/hive/x /run/x /var/tmp/x /sys/fs/cgroup/x; do { echo x > $file; } 2>/dev/null && echo "wrote $file"; done
       echo mine > /agents/mallory/state/note && echo "own state written"
       head -c 30000000 /dev/zero > /tmp/big 2>/dev/null || stat -c 'tmp took %s' /tmp/big
       rm /tmp/big; printf '#!/bin/sh\\necho runs' > /tmp/prog; chmod +x /tmp/prog; /tmp/prog
       mknod /tmp/device b 1 1 2>/dev/null && echo "made a device"; mknod /tmp/pipe p && echo "made a pipe"`,
    );
    const table = lines.filter((line) => line.startsWith('mount ')).map((line) => line.slice(6));
    const bound = table.filter((line) => line.includes(dir) || / \/(agents|opt|run|home|srv|mnt)/.test(line));
    const declared = mounts().map(
      ({ place, target, readOnly }) => `${pathOf(place).slice(dir.length)} ${target} ${readOnly ? 'ro' : 'rw'}`,
    );
    // The root column is relative to the file system of the source.
    expect(bound.map((line) => `/${line.split(',')[0]?.replace(/^.*?\/(agents|toolchain)/, '$1')}`).sort()).toEqual(
      declared.sort(),
    );
    const engineOwn =
      /^\S+ \/(proc|dev|sys|etc\/(hosts|hostname|resolv\.conf)|tmp|(usr\/)?s?bin\/docker-init)?(\/\S*)? /;
    for (const line of table.filter((line) => !bound.includes(line))) expect(line).toMatch(engineOwn);
    expect(table.find((line) => / \/ /.test(line))).toMatch(/ \/ ro/);
    expect(table.find((line) => / \/tmp /.test(line))).toMatch(/ \/tmp rw,nosuid,nodev,/);
    expect(lines.filter((line) => !line.startsWith('mount '))).toEqual([
      'own state written',
      `tmp took ${16 * 1024 * 1024}`,
      'runs',
      'made a pipe',
    ]);
    expect(await readFile(join(dir, 'agents/mallory/state/note'), 'utf8')).toBe('mine\n');
  });

  test("other agents' files and the engine", async () => {
    // Vulnerability: a path from the box to another agent's files, the engine's socket or the host's processes.
    // Scenario: the agent searches for them by name, through /proc, and by climbing out of its own mount.
    // Verified: none of them exists there.
    const { lines } = await inShell(
      `ls /agents; ls -d /agents/alice /agents/mallory/state/../../alice ${dir} 2>/dev/null
       find / -xdev \\( -name 'docker.sock' -o -name 'containerd.sock' -o -name admin.sock \\) 2>/dev/null
       ls /var/run/docker.sock /run/docker.sock 2>/dev/null
       cat /proc/[0-9]*/comm | sort -u | grep -E 'dockerd|containerd|node$|systemd'; cat /proc/1/root/etc/shadow 2>/dev/null; echo end`,
    );
    expect(lines).toEqual(['mallory', 'end']);
  });

  test('fork bomb', async () => {
    // Vulnerability: an unlimited number of processes starves the host.
    // Scenario: the agent forks until it is refused, and keeps all of them.
    // Verified: the box's own limit applies (64, docker-init and the attacker included); the engine keeps working.
    const { lines } = await inPython(`
import os, signal, sys
n = 0
try:
    while n < 5000:
        if os.fork() == 0:
            signal.pause()
        n += 1
except OSError as e:
    print('refused', e.errno)
print('children', n)
sys.stdout.flush()
os._exit(0)
`);
    expect(lines[0]).toBe('refused 11');
    expect(Number(lines[1]?.split(' ')[1])).toBeLessThanOrEqual(62);
    expect(await runtime.ping()).toMatchObject({ ok: true });
  });

  test('memory hog', async () => {
    // Vulnerability: unlimited memory use takes the host down.
    // Scenario: the agent writes to 2 GiB in a box of 256 MiB; then as much into /tmp and /dev/shm.
    // Verified: it is killed, the box says why, swap adds nothing, /tmp and /dev/shm are limited.
    const hog = await inPython("x = []\nwhile True: x.append(bytearray(b'x') * (16 << 20))");
    expect(hog.status.end).toMatchObject({ exitCode: 137, oomKilled: true });
    const { lines, status } = await inShell(
      "head -c 2G /dev/zero > /tmp/a 2>/dev/null; head -c 2G /dev/zero > /dev/shm/a 2>/dev/null; stat -c '%n %s' /tmp/a /dev/shm/a",
    );
    expect(status.end).toMatchObject({ exitCode: 0, oomKilled: false });
    expect(lines).toEqual([`/tmp/a ${16 << 20}`, `/dev/shm/a ${64 << 20}`]);
  });

  test('open files and core dumps', async () => {
    // Vulnerability: an unlimited number of descriptors exhausts the host's table; core dumps write memory to disk.
    // Scenario: the agent raises its limits, opens files until refused, and crashes.
    // Verified: the limits are the box's and cannot be raised.
    const { lines } = await inShell(
      'ulimit -Hn; ulimit -n 100000 2>/dev/null && echo raised; ulimit -Hc; ulimit -c unlimited 2>/dev/null && echo raised',
    );
    expect(lines).toEqual(['16384', '0']);
  });

  test('kernel counters that are limited for the whole host', async () => {
    // Vulnerability: a counter without a namespace or an owner that one box exhausts is exhausted for everybody.
    // Scenario: the agent opens terminals, inotify instances, message queues and shared memory until it is refused.
    // Verified: the counters that have an owner or a namespace do not change on the host; terminals leave the host its
    // reserve (kernel.pty.reserve), so that the host can still open one; asynchronous I/O is refused (above).
    const before = await readFile('/proc/sys/fs/aio-nr', 'utf8');
    const { box, ended } = await attackWhileItRuns(`
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
def until_refused(name, take, most):
    n = 0
    while n < most and take() >= 0: n += 1
    print(name, n if n < most else 'without end', flush=True)
def terminal():
    try: os.openpty(); return 0
    except OSError: return -1
until_refused('inotify', libc.inotify_init, 10000)
until_refused('shared memory', lambda: libc.shmget(0, 4096, 0o1600), 100000)
until_refused('terminals', terminal, 20000)
print('ready', flush=True)
time.sleep(600)`);
    await expect.poll(async () => await linesOf(box)).toContain('ready');
    try {
      const lines = await linesOf(box);
      for (const line of lines) expect(line).not.toContain('without end');
      expect(await readFile('/proc/sys/fs/aio-nr', 'utf8')).toBe(before);
      const shared = (await readFile('/proc/sysvipc/shm', 'utf8')).trim().split('\n');
      expect(shared.filter((line) => line.includes(String(UID)))).toEqual([]);
      await (await open('/dev/ptmx', 'r+')).close();
    } finally {
      await ended();
    }
  });

  test('limits as declared', async () => {
    // Vulnerability: a limit that is declared and not set.
    // Scenario: none; the test reads from the kernel what the engine set.
    // Verified: memory, memory with swap, CPU quota and processes are the plan's numbers.
    generation += 1;
    const limits = { memoryMb: 300, cpus: 1.5, pids: 77, tmpMb: 20, diskMb: 0, diskFiles: 0 };
    const { lines } = await inShell(
      `for file in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max memory.max memory.swap.max cpu.max; do
         [ -r /sys/fs/cgroup/$file ] && echo "$file $(cat /sys/fs/cgroup/$file)"; done; stat -f -c 'tmp %b %S' /tmp; true`,
      { limits },
    );
    const said = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
    const bytes = String(300 * 1024 * 1024);
    if (said.has('memory.max')) {
      expect([said.get('memory.max'), said.get('memory.swap.max'), said.get('cpu.max')]).toEqual([
        bytes,
        '0',
        '150000 100000',
      ]);
    } else {
      expect(said.get('memory/memory.limit_in_bytes')).toBe(bytes);
      expect([undefined, bytes]).toContain(said.get('memory/memory.memsw.limit_in_bytes'));
      expect([said.get('cpu/cpu.cfs_quota_us'), said.get('cpu/cpu.cfs_period_us')]).toEqual(['150000', '100000']);
      expect(said.get('pids/pids.max')).toBe('77');
    }
    expect(said.get('tmp')).toBe(`${(20 * 1024 * 1024) / 4096} 4096`);
  });

  test('mount sources that are symbolic links or contain the engine’s socket', async () => {
    // Vulnerability: a symbolic link as a mount's source shows the box another directory of the host.
    // Scenario: a link replaces a declared directory or one above it; or the engine's socket is declared.
    // Verified: refused before anything is created.
    await symlink('/etc', join(dir, 'link'));
    await symlink(join(dir, 'agents'), join(dir, 'agents-link'));
    const before = (await runtime.list()).length;
    const sources = [
      join(dir, 'link'),
      join(dir, 'agents-link/mallory/state'),
      ENGINE_SOCKET,
      '/run',
      '/',
      `${dir}/agents/../toolchain`,
      'toolchain',
    ];
    for (const source of sources) {
      const plan = planBox({ image: TEST_IMAGE }, 'true', {
        generation: 999,
        mounts: [{ place: placeAt(source), target: '/data', readOnly: true }],
      });
      await expect(runtime.create(plan)).rejects.toMatchObject({
        code: 'runtime_failed',
        message: expect.stringContaining(source),
      });
    }
    for (const target of ['/', '/proc/x', '/dev', 'data', '/a/../b']) {
      const plan = planBox({ image: TEST_IMAGE }, 'true', {
        generation: 999,
        mounts: [{ place: placeAt(join(dir, 'toolchain')), target, readOnly: true }],
      });
      await expect(runtime.create(plan)).rejects.toMatchObject({ code: 'runtime_failed' });
    }
    expect(await runtime.list()).toHaveLength(before);
  });
});

/** Calls each one by its number: x86-64's, or arm64's. */
const CALL_EACH = `
my $arm = \`uname -m\` =~ /aarch64/ ? 1 : 0;
my %calls = (unshare => [272, 97], setns => [308, 268], mount => [165, 40], umount2 => [166, 39], pivot_root => [155, 41], chroot => [161, 51],
  keyctl => [250, 219], add_key => [248, 217], request_key => [249, 218], bpf => [321, 280], perf_event_open => [298, 241],
  userfaultfd => [323, 282], io_uring_setup => [425, 425], clone3 => [435, 435], process_vm_readv => [310, 270], process_vm_writev => [311, 271],
  pidfd_getfd => [438, 438], kexec_load => [246, 104], init_module => [175, 105], open_by_handle_at => [304, 265], name_to_handle_at => [303, 264],
  syslog => [103, 116], swapon => [167, 224], reboot => [169, 142], settimeofday => [164, 170], quotactl => [179, 60], fsopen => [430, 430],
  open_tree => [428, 428], move_mount => [429, 429], mount_setattr => [442, 442], fanotify_init => [300, 262], acct => [163, 89],
  kcmp => [312, 272], io_setup => [206, 0], io_submit => [209, 2], lookup_dcookie => [212, 18], memfd_secret => [447, 447]);
sub report { my ($name, $result) = @_; print "$name $result ", $! + 0, "\\n"; }
# 0x10000000 is CLONE_NEWUSER, which needs no capability where nothing filters it.
for my $name (sort keys %calls) { $! = 0; report($name, syscall($calls{$name}[$arm], 0x10000000, 0, 0, 0, 0)); }
$! = 0; report('clone_with_a_namespace', syscall($arm ? 220 : 56, 0x10000000 | 17, 0, 0, 0, 0));
$! = 0; report('personality', syscall($arm ? 92 : 135, 0x0400000));
`;
