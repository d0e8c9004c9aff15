import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measureTree } from './measure-tree.ts';

const MIB = 1024 ** 2;
const fixture = join(import.meta.dirname, 'fixtures/measure-agent.ts');
const AGENT = 251_007;
const isRoot = process.getuid?.() === 0;
/** Neither root nor the owner. */
const walker = isRoot ? { uid: AGENT + 9, gid: AGENT + 9, readsAll: true } : null;
let home: string;
let state: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hive-disk-'));
  chmodSync(home, 0o711);
  state = join(home, 'state');
  mkdirSync(state);
});
// rm, because some paths are longer than PATH_MAX.
afterEach(() => execFileSync('rm', ['-rf', home]));

const measure = (mostFiles = 0, forMs = 60_000) =>
  measureTree([state], {
    walker,
    mostFiles,
    forMs,
    opens: !isRoot,
  });
const give = () => (isRoot ? execFileSync('chown', ['-R', `${AGENT}:${AGENT}`, state]) : undefined);
const total = (use: Awaited<ReturnType<typeof measure>>) =>
  [...use.byUid.values()].reduce((sum, one) => ({ bytes: sum.bytes + one.bytes, files: sum.files + one.files }));

test('allocated blocks are counted: no holes, no symlinks, a hard link once', async () => {
  writeFileSync(join(state, 'real'), Buffer.alloc(4 * MIB, 'x'));
  linkSync(join(state, 'real'), join(state, 'again'));
  writeFileSync(join(state, 'sparse'), '');
  truncateSync(join(state, 'sparse'), 1024 * MIB);
  writeFileSync(join(home, 'outside'), Buffer.alloc(8 * MIB, 'x'));
  symlinkSync(join(home, 'outside'), join(state, 'link'));
  symlinkSync('/', join(state, 'root'));
  give();
  const use = await measure();
  expect(use.whole).toBe(true);
  expect(total(use).bytes).toBeGreaterThanOrEqual(4 * MIB);
  expect(total(use).bytes).toBeLessThan(5 * MIB);
  // state, real (under two names), sparse, two links
  expect(total(use).files).toBe(5);
});

// Attack. Vulnerability: a limit that relies on measuring. Scenario: the agent closes a directory to itself.
// Verified: its content counts.
test('the content of a directory that its owner closed is counted', async () => {
  const closed = join(state, 'closed/deeper');
  mkdirSync(closed, { recursive: true });
  writeFileSync(join(closed, 'hidden'), Buffer.alloc(4 * MIB, 'x'));
  give();
  chmodSync(closed, 0);
  chmodSync(join(state, 'closed'), 0);
  expect(total(await measure()).bytes).toBeGreaterThanOrEqual(4 * MIB);
});

// The same, closed again as fast as it is opened, and deeper than PATH_MAX.
test.skipIf(!isRoot)('the content of a directory that its owner keeps closing is counted, however deep', async () => {
  process.chdir(state);
  for (let n = 0; n < 40; n += 1) {
    mkdirSync('d'.repeat(200));
    process.chdir('d'.repeat(200));
  }
  writeFileSync('hidden', Buffer.alloc(4 * MIB, 'x'));
  give();
  chmodSync('.', 0);
  process.chdir('/');
  const closer = spawn('sh', ['-c', 'while :; do chmod 0 "$0"; done', state], { uid: AGENT, gid: AGENT });
  try {
    const use = await measure();
    expect(total(use).bytes).toBeGreaterThanOrEqual(4 * MIB);
    expect(use).toMatchObject({ whole: true, denied: false });
  } finally {
    const gone = once(closer, 'exit');
    closer.kill('SIGKILL');
    await gone;
  }
});

// Attack. Vulnerability: counting has a deadline. Scenario: a tree that takes longer. Verified: it looks neither
// empty nor complete.
test('a count cut short by the deadline is reported as partial', async () => {
  for (let n = 0; n < 2_000; n += 1) writeFileSync(join(state, String(n)), '');
  give();
  // A millisecond is too short for them, unless the process that enforces the deadline is not scheduled for longer
  // than the walk takes.
  await expect.poll(async () => (await measure(0, 1)).whole).toBe(false);
});

test.skipIf(!isRoot)(
  'a walker that cannot start is not an empty tree: the failure is reported, and the count is partial',
  async () => {
    writeFileSync(join(state, 'real'), Buffer.alloc(MIB, 'x'));
    give();
    // An invalid uid: setpriv fails.
    const use = await measureTree([state], {
      walker: { uid: 0.5, gid: 0.5, readsAll: true },
      mostFiles: 0,
      forMs: 60_000,
      opens: false,
    });
    expect(use).toMatchObject({ whole: false, trouble: expect.stringContaining('setpriv') as string });
  },
);
test('a missing directory counts as empty; an unreadable one as partial', async () => {
  const how = { walker, mostFiles: 0, forMs: 60_000, opens: false };
  expect(await measureTree([join(home, 'gone')], how)).toMatchObject({ whole: true, trouble: null });
  if (!isRoot) return;
  give();
  chmodSync(state, 0);
  const use = await measureTree([state], { ...how, walker: { uid: AGENT + 9, gid: AGENT + 9, readsAll: false } });
  expect(use.whole).toBe(false);
});

/** Docker's default capabilities of root. */
const DOCKER =
  '-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap';
test.skipIf(!isRoot)(
  'a root that may not read every directory measures agents as themselves, and reports it once',
  async () => {
    const program = join(home, 'measure-agent.mjs');
    // Some packages are CommonJS.
    const js = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    const bundling = { bundle: true, platform: 'node', format: 'esm', banner: { js } } as const;
    await build({ entryPoints: [fixture], outfile: program, ...bundling });
    const said = execFileSync(
      'setpriv',
      [`--bounding-set=${DOCKER}`, '--inh-caps=-all', '--ambient-caps=-all', '--', process.execPath, program, home],
      { encoding: 'utf8' },
    );
    const { agents, errors } = JSON.parse(said) as { agents: { bytes: number; whole: boolean }[]; errors: string[] };
    expect(agents).toHaveLength(1);
    expect(agents[0]?.bytes).toBeGreaterThanOrEqual(4 * MIB);
    expect(agents[0]?.whole).toBe(true);
    expect(errors).toEqual([expect.stringContaining('CAP_DAC_READ_SEARCH')]);
  },
);

test('names of any kind and depth are counted, and counting ends after the limit of files', async () => {
  process.chdir(state);
  for (let n = 0; n < 60; n += 1) {
    mkdirSync('n'.repeat(200));
    process.chdir('n'.repeat(200));
  }
  process.chdir('/');
  for (let n = 0; n < 500; n += 1) writeFileSync(join(state, `-a\n${n} 99999 1`), '');
  give();
  const all = await measure();
  expect(total(all).files).toBe(561);
  expect(total(all).bytes).toBeLessThan(MIB);
  const some = await measure(100);
  expect(some.whole).toBe(false);
  expect(total(some).files).toBeGreaterThan(100);
  expect(total(some).files).toBeLessThan(561);
});

test.skipIf(!isRoot)('each user’s files in a shared directory are counted separately', async () => {
  for (const uid of [AGENT, AGENT + 1]) {
    const file = join(state, String(uid));
    writeFileSync(file, Buffer.alloc((uid - AGENT + 1) * MIB, 'x'));
    chownSync(file, uid, uid);
  }
  const { byUid } = await measureTree([state], { walker, mostFiles: 0, forMs: 60_000, opens: false });
  expect(byUid.get(AGENT)?.bytes).toBe(MIB);
  expect(byUid.get(AGENT + 1)?.bytes).toBe(2 * MIB);
});
