import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from '../support/test-hive.ts';

/** Commands that agents usually try first in a box, run as the agent. The last line of each is exit code 0. */
const FIRST_TRIES = [
  'test "$(whoami)" = scout',
  'test "$USER$LOGNAME" = scoutscout',
  'node -e "if (os.userInfo().username !== \'scout\') process.exit(1)"',
  'id -un && id -gn',
  'test "$(umask)" = 0002',
  'cd $(mktemp -d) && git init -q r && cd r && git commit -q --allow-empty -m x && test "$(git log --format=%an%ae)" = scoutscout@hive.local',
  'cd $(mktemp -d) && git init -q r && cd r && git config user.name me && test "$(git config user.name)" = me',
  'node --version',
  'npm --version',
  'npx --version',
  'python --version && python3 -c "import getpass, ssl, sqlite3, ctypes, venv; print(getpass.getuser())"',
  'python3 -m venv /tmp/venv && /tmp/venv/bin/pip --version && /tmp/venv/bin/python -c "import sys"',
  'pip --version',
  'make --version',
  'cd $(mktemp -d) && echo "int main(void){return 0;}" > a.c && gcc a.c && ./a.out',
  'cd $(mktemp -d) && echo "#include <string>\nint main(){return std::string().size();}" > a.cc && g++ a.cc && ./a.out',
  'curl --version',
  'jq --version',
  'rg --version',
  'tar --version',
  'unzip -v',
  'less --version',
  'ps aux',
  'top -b -n 1',
  'vi --version',
  'nano --version',
  'cd $(mktemp -d) && ssh-keygen -q -t ed25519 -N "" -f key',
  'openssl version',
  'locale',
  'test "$(date +%Z)" = CET -o "$(date +%Z)" = CEST',
  'tree --version && file --version && bc --version',
  'df -h /tmp && free -m && uname -a && hostname',
];

let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager', 'scout', 'coder'],
    config: { egress: { ask_ms: 0 }, defaults: { time_zone: 'Europe/Berlin' } },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());
const sh = (agent: string, script: string) => hive.inBox(agent, ['/bin/bash', '-c', script]);

test.each(FIRST_TRIES)('%s', async (script) => {
  const { code, output } = await sh('scout', script);
  expect(code, output).toBe(0);
});

test('package managers fail at once on a host that is not allowed, instead of retrying', async () => {
  const npm = await sh('scout', 'cd /tmp && npm install left-pad');
  expect(npm.code).not.toBe(0);
  expect(npm.output).toMatch(/403/);
  const pip = await sh('scout', '/usr/bin/python3 -m venv /tmp/v && /tmp/v/bin/pip install left-pad');
  expect(pip.code).not.toBe(0);
});

test('a file that one agent makes in /shared can be changed by another, but not removed or replaced', async () => {
  const acl = await promisify(execFile)('getfacl', ['--omit-header', `${hive.root}/shared`]).catch(() => null);
  // Without setfacl on the host, the umask of the box makes files writable for others.
  const umask = acl?.stdout.includes('default:group::rwx') === true ? 'umask 022;' : '';
  expect(
    (await sh('scout', `${umask} mkdir /shared/dir && echo one > /shared/note && echo one > /shared/dir/note`)).code,
  ).toBe(0);
  expect(
    await sh('coder', 'echo two >> /shared/note && echo two >> /shared/dir/note && echo > /shared/dir/mine'),
  ).toMatchObject({
    code: 0,
  });
  expect((await sh('coder', 'rm -f /shared/note')).code).not.toBe(0);
  expect((await sh('coder', 'echo > /tmp/n; mv -f /tmp/n /shared/note')).code).not.toBe(0);
  expect(await readFile(`${hive.root}/shared/note`, 'utf8')).toBe('one\ntwo\n');
});

test('a program named in the configuration of another agent’s repository does not run', async () => {
  // Vulnerability: git runs programs that a repository's configuration names. Scenario: scout plants core.fsmonitor in
  // /shared, and in its state, which the manager sees. Verified: git refuses both, and nothing ran
  // (docs/decisions/0017).
  const plant = (path: string) =>
    `git init -q ${path} && git -C ${path} config core.fsmonitor 'touch /tmp/ran; false' && chmod -R a+rX ${path}`;
  expect((await sh('scout', `${plant('/shared/r')}; ${plant('/agents/scout/state/r')}`)).code).toBe(0);
  for (const [agent, path] of [
    ['coder', '/shared/r'],
    ['manager', '/agents/scout/state/r'],
  ] as const) {
    const { code, output } = await sh(agent, `git -C ${path} status`);
    expect(code).not.toBe(0);
    expect(output).toContain('dubious ownership');
    expect((await sh(agent, 'test -e /tmp/ran')).code).not.toBe(0);
  }
});

test('commands are killed before the harness when memory is short, and cannot take the last processes', async () => {
  const { output } = await sh(
    'scout',
    'cat /proc/$$/oom_score_adj; ulimit -u; for p in /proc/[0-9]*; do grep -qa harness.mjs $p/cmdline && grep -qa "^/opt" $p/cmdline && [ $p != /proc/1 ] && cat $p/oom_score_adj; done',
  );
  expect(output.trim().split('\n')).toEqual(['1000', '488', '500']);
  // A fork loop: the shell is refused, the box is not at its limit.
  const forks = await sh(
    'scout',
    'for i in $(seq 600); do sleep 30 & done 2>&1 | grep -m1 -o "Resource temporarily unavailable"',
  );
  expect(forks.output).toContain('Resource temporarily unavailable');
  const free = await hive.inBox('scout', ['/opt/hive/node/bin/node', '--version']);
  expect(free.code).toBe(0);
  await hive.inBox('scout', ['/usr/bin/pkill', 'sleep']);
});
