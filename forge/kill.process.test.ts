/**
 * Vulnerability: a forge that is killed under load loses a ref or an event, attributes one to somebody else, or
 * leaves a file that blocks later pushes. Scenario: four pushers in two repositories, over three sockets; kill -9 of
 * the forge in the middle, also together with its git processes, and a new one, several times. Verified: every
 * acknowledged push is present; git, records and events agree, each ref recorded once under its pusher; no row, lock,
 * quarantine or unfinished repository is left.
 */
import { type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RepoName, RepoOwner } from '../protocol/names.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { openForgeDb } from './store/forge-db.ts';
import { openPushes } from './store/pushes.ts';
import { knownRefs } from './store/refs.ts';
import { findRepository } from './store/repositories.ts';
import { bundleForge, startForgeProcess } from './testing/forge-process.ts';
import { CODER, MANAGER, runGit } from './testing/forge-rig.ts';
import { startRelay } from './testing/relay.ts';
import { until } from './testing/until.ts';
import { gitGroupsIn } from './testing/processes.ts';

const AGENTS = [
  { name: MANAGER, isManager: true },
  { name: CODER, isManager: false },
];
const REPOSITORIES = [
  { owner: CODER as RepoOwner, name: 'app' as RepoName },
  { owner: 'shared' as RepoOwner, name: 'lib' as RepoName },
];
const PUSHERS = [
  { who: 'coder', repo: 'coder/app' },
  { who: 'operator', repo: 'coder/app' },
  { who: 'manager', repo: 'shared/lib' },
  { who: 'operator', repo: 'shared/lib' },
];
const KILLS = ['the forge', 'the forge and its gits', 'the forge', 'the forge and its gits'];
/** Pushes acknowledged between two kills. */
const BETWEEN = 6;

let bundle: Awaited<ReturnType<typeof bundleForge>>;
let dir: string;
let child: ChildProcessWithoutNullStreams;
const path = process.env['PATH'] ?? '/usr/bin:/bin';
const git = (...argv: string[]) => runGit(argv, dir, path);

beforeAll(async () => {
  bundle = await bundleForge();
  dir = await mkdtemp(join(tmpdir(), 'forge-kill-'));
  for (const { name } of AGENTS) await mkdir(join(dir, 'agents', name, 'forge'), { recursive: true });
  child = await startForgeProcess(bundle.path, dir, AGENTS);
}, 120_000);
afterAll(async () => {
  child.kill('SIGKILL');
  await bundle.remove();
  await rm(dir, { recursive: true, force: true });
});

const socketOf = (who: string) =>
  who === 'operator' ? join(dir, 'forge.sock') : join(dir, 'agents', who, 'forge/agent.sock');
const gitdirOf = (repo: string) => join(dir, 'root/repositories', `${repo}.git`);

test('kill -9 in the middle of pushes: git, records and events agree, and nothing is left behind', async () => {
  const operator = connectSurface(forgeSurface, join(dir, 'forge.sock'));
  for (const repository of REPOSITORIES) await operator.call('createRepo', repository);
  const acknowledged = new Set<string>();
  const stop = new AbortController();
  // Also after a failure: a pusher whose directory is gone fails at once, and would leave this process no other work.
  onTestFinished(() => stop.abort());
  const relays = await Promise.all(PUSHERS.map(({ who }) => startRelay(socketOf(who))));
  const work = async ({ who, repo }: (typeof PUSHERS)[number], index: number) => {
    const tree = join(dir, `work-${index}`);
    await git('init', '-q', '-b', 'main', tree);
    for (let round = 0; !stop.signal.aborted; round += 1) {
      await git('-C', tree, 'commit', '-q', '--allow-empty', '-m', `${who} ${round}`);
      const branch = `${who}-${round}`;
      const url = `${relays[index]?.url ?? ''}/${repo}.git`;
      const { code } = await git('-C', tree, 'push', '-q', url, `main:${branch}`);
      if (code === 0) acknowledged.add(`${repo} refs/heads/${branch}`);
    }
  };
  const pushers = Promise.all(PUSHERS.map(work));
  const moreAcknowledged = async () => {
    const before = acknowledged.size;
    await until('pushes go through', () => acknowledged.size >= before + BETWEEN, 120_000);
  };
  for (const killed of KILLS) {
    await moreAcknowledged();
    let groups: number[] = [];
    await until('a push is under way', async () => (groups = await gitGroupsIn(dir)).length > 0, 60_000);
    child.kill('SIGKILL');
    if (killed !== 'the forge') for (const group of groups) killGroup(group);
    child = await startForgeProcess(bundle.path, dir, AGENTS);
  }
  await moreAcknowledged();
  stop.abort();
  await pushers;

  const db = openForgeDb(join(dir, 'root/forge.db'), null);
  try {
    await until('every push is recorded', () => openPushes(db).length === 0, 60_000);
    const { facts } = await operator.call('listFacts', { after: 0 });
    const told = facts.flatMap(({ kind, by, repo, data }) =>
      kind === 'forge.pushed'
        ? (data['refs'] as { ref: string; new: string }[]).map(({ ref, new: oid }) => `${repo} ${ref} ${oid} by ${by}`)
        : [],
    );
    const expected: string[] = [];
    for (const { owner, name } of REPOSITORIES) {
      const repo = `${owner}/${name}`;
      const listed = await git(`--git-dir=${gitdirOf(repo)}`, 'for-each-ref', '--format=%(refname) %(objectname)');
      const refs = listed.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]);
      for (const [ref, oid] of refs) expected.push(`${repo} ${ref} ${oid} by ${ref.slice(11).replace(/-\d+$/, '')}`);
      expect(new Map(refs)).toEqual(knownRefs(db, findRepository(db, owner, name)?.id ?? 0));
      const there = new Set(refs.map(([ref]) => `${repo} ${ref}`));
      expect([...acknowledged].filter((one) => one.startsWith(`${repo} `) && !there.has(one))).toEqual([]);
      expect(await git(`--git-dir=${gitdirOf(repo)}`, 'fsck', '--full', '--strict')).toMatchObject({ code: 0 });
    }
    expect(told.filter((one) => !one.startsWith('shared/docs ')).sort()).toEqual(expected.sort());
    // Maintenance may run at this moment: what it writes is its own, and goes.
    await expect.poll(leftovers).toEqual([]);
  } finally {
    db.close();
    await operator.close();
    for (const { server } of relays) server.close();
  }
}, 300_000);

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It exited by itself.
  }
}

/** Files that a push must not leave on the disk. */
async function leftovers(): Promise<string[]> {
  const entries = await readdir(join(dir, 'root'), { recursive: true });
  return entries.filter((entry) => /\.lock$|\.keep$|hive-first-push|tmp_|^incoming\/./.test(entry));
}
