import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { createGit, type Git } from './git/process.ts';
import { chooseLimits } from './limits.ts';
import type { ForgeCore } from './repositories/forge-core.ts';
import { createOutbox } from './repositories/outbox.ts';
import { placesIn } from './repositories/places.ts';
import { createPushLocks } from './repositories/push-locks.ts';
import { recordRefs } from './repositories/record-refs.ts';
import { settlePushes } from './repositories/settle-pushes.ts';
import { openForgeDb } from './store/forge-db.ts';
import { openPush, openPushes } from './store/pushes.ts';
import { findRepository } from './store/repositories.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';

/**
 * Vulnerability: a push is recorded under the name of somebody else. Scenario: settling, recording and pushes
 * overtake each other; forges take over from each other. Verified: each ref is recorded once, under the pusher whose
 * connection asked for it.
 */

let rig: ForgeRig;
let work: string;
let head: string;
beforeEach(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  head = (await rig.git('-C', work, 'rev-parse', 'HEAD')).stdout.trim();
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/coder/app.git`, 'main');
});
afterEach(() => rig.close());

/** "who: ref ref" for each recorded push after the first one. */
async function told(): Promise<string[]> {
  const facts = (await rig.facts()).filter(({ kind, repo }) => kind === 'forge.pushed' && repo === 'coder/app');
  return facts
    .slice(1)
    .map(({ by, data }) => `${by}: ${(data['refs'] as { ref: string }[]).map(({ ref }) => ref).join(' ')}`);
}

const urlOf = (who: 'coder' | 'operator') => `${rig.urlOf(who === 'coder' ? CODER : 'operator')}/coder/app.git`;
const moveRef = (ref: string) =>
  rig.git(`--git-dir=${rig.repositoryDir('coder/app')}`, 'update-ref', ref, 'refs/heads/main');

/** The forge's parts without its server, to run its steps in an order of our own while it is away. */
function openParts() {
  const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
  const git = createGit({ path: process.env['PATH'] ?? '/usr/bin:/bin', killGraceMs: 100 });
  const makeCore = (used: Git) =>
    ({
      db,
      git: used,
      places: placesIn(join(rig.dir, 'root')),
      outbox: createOutbox(db),
      limits: chooseLimits(1e6),
      pushLocks: createPushLocks(),
      ownPushes: new Set(),
      log: console,
      clock: Date.now,
      checks: { wanted: () => undefined },
    }) as unknown as ForgeCore;
  const repositoryId = findRepository(db, CODER, 'app' as RepoName)?.id as number;
  const begin = (by: string, ref: string) =>
    openPush(db, { repositoryId, by, pid: 5_000_000, commands: [{ ref, new: head }], at: 1 });
  return { db, git, makeCore, repositoryId, begin };
}

const ended = (id: number | null) => (id === null ? null : { id, isLost: () => false });

test("a settling that is overtaken does not attribute the next pusher's refs to the previous one", async () => {
  await rig.restart(async () => {
    const { db, git, makeCore, repositoryId, begin } = openParts();
    // coder's push: its git moved a ref and has ended; its own recording has not begun.
    const a = begin('coder', 'refs/heads/a');
    await moveRef('refs/heads/a');
    // A settling (by another forge, without a shared lock) sees it, and is slow while it measures.
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let reached = () => {};
    const slowReached = new Promise<void>((resolve) => (reached = resolve));
    const slow: Git = {
      ...git,
      run: async (argv) => {
        if (argv.includes('count-objects')) {
          reached();
          await gate;
        }
        return git.run(argv);
      },
    };
    const settling = settlePushes(makeCore(slow));
    await slowReached;
    await recordRefs(makeCore(git), repositoryId, ended(a));
    const b = begin('operator', 'refs/heads/b');
    await moveRef('refs/heads/b');
    release();
    await settling;
    await recordRefs(makeCore(git), repositoryId, ended(b));
    db.close();
  });
  expect(await told()).toEqual(['coder: refs/heads/a', 'operator: refs/heads/b']);
});

test('a push that its own forge records is left alone by others of that forge, although its git has ended', async () => {
  await rig.restart(async () => {
    const { db, git, makeCore, repositoryId, begin } = openParts();
    const core = makeCore(git);
    const id = begin('coder', 'refs/heads/a') as number;
    core.ownPushes.add(id);
    await moveRef('refs/heads/a');
    await settlePushes(core);
    expect(openPushes(db, repositoryId).map((open) => open.id)).toEqual([id]);
    await recordRefs(core, repositoryId, ended(id));
    db.close();
  });
  expect(await told()).toEqual(['coder: refs/heads/a']);
  expect((await rig.facts()).flatMap(({ mail }) => mail)).toEqual([]);
});

test('while one push is open no other begins, and its refs are not recorded as changed by the system', async () => {
  await rig.restart(async () => {
    const { db, git, makeCore, repositoryId, begin } = openParts();
    const a = begin('coder', 'refs/heads/a');
    await moveRef('refs/heads/a');
    expect(begin('operator', 'refs/heads/b')).toBeNull();
    await recordRefs(makeCore(git), repositoryId, null);
    await recordRefs(makeCore(git), repositoryId, ended(a));
    expect(begin('operator', 'refs/heads/b')).not.toBeNull();
    db.close();
  });
  expect(await told()).toEqual(['coder: refs/heads/a']);
});

test('many pushers at once, also through a successor that starts in between, each keep their own refs', async () => {
  const push = (who: 'coder' | 'operator', index: number) =>
    rig.git('-C', work, 'push', '-q', urlOf(who), `main:${who}-${index}`);
  const early = [0, 1, 2].flatMap((index) => [push('coder', index), push('operator', index)]);
  const second = await rig.startSecond();
  try {
    const late = [3, 4, 5].flatMap((index) => [push('coder', index), push('operator', index)]);
    const results = await Promise.all([...early, ...late]);
    expect(results.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(results.map(() => '0 '));
    const expected = [0, 1, 2, 3, 4, 5].flatMap((index) =>
      ['coder', 'operator'].map((who) => `${who}: refs/heads/${who}-${index}`),
    );
    expect((await told()).sort()).toEqual(expected.sort());
  } finally {
    await second.close(1_000);
  }
}, 60_000);
