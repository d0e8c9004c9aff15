import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../store/open-store.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { chooseLimits } from '../limits.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { insertRun } from '../store/check-runs.ts';
import { setSuiteState } from '../store/check-suites.ts';
import { openForgeDb } from '../store/forge-db.ts';
import { insertRepository } from '../store/repositories.ts';
import { createCheckSignals } from './check-signals.ts';
import { requestSuite } from './checks.ts';
import { claimRun } from './claim-run.ts';
import { endRun } from './end-run.ts';

const stop = new AbortController();
const held: number[] = [];
let db: Db;
let core: ForgeCore;
let now = 1_000;

beforeAll(() => {
  db = openForgeDb(':memory:', null);
});
afterAll(() => db.close());

/** A forge whose git has every commit. */
beforeEach(() => {
  db.exec('DELETE FROM repositories');
  held.length = 0;
  core = {
    db,
    checks: createCheckSignals(() => undefined),
    clock: () => (now += 1),
    limits: chooseLimits(1),
    outbox: { add: () => undefined, announce: () => undefined },
    inBackground: () => undefined,
    git: { run: async () => '' },
    places: { repositoryDir: () => '/nowhere' },
    stopping: stop.signal,
  } as unknown as ForgeCore;
});

/** Queues so many runs of a repository. */
function queue(name: string, runs: number, owner = name): void {
  const made = { owner: owner as RepoOwner, name: name as RepoName, description: '', defaultBranch: 'main', at: 0 };
  const known = db.prepare('SELECT id FROM repositories WHERE name = ?').pluck().get(name) as number | undefined;
  const repository = known === undefined ? insertRepository(db, made) : { id: known };
  const commits = { target: 'a'.repeat(40), commit: String(now).padStart(40, '0') };
  const suite = requestSuite(core, { repository, ...commits, purpose: 'pull', pull: null, priority: 0 });
  const scripts = { setup: '', command: 'x', timeoutMs: 1, required: true, skipIsOk: true, retries: 0 };
  const files = { artifacts: [], reports: [], caches: [] };
  for (let at = 0; at < runs; at += 1)
    insertRun(db, { suiteId: suite, name: `run ${at}`, why: 'first', state: 'queued', at: 0, ...scripts, ...files });
  setSuiteState(db, suite, { state: 'running', endedAt: null });
}

/** The repository of the next run, which goes on. */
async function claim(): Promise<string> {
  const job = await claimRun(core, { holder: 'h', held: [...held], waitMs: 0, signal: stop.signal });
  if (job === null) throw new Error('no run waits');
  held.push(job.run);
  return job.name;
}
/** Ends the run that began first. */
const end = () => endRun(core, held.shift()!, { kind: 'exited', exitCode: 0, outOfMemory: false });

test('a repository that queues 500 runs takes no turn of the others, whether one runs at once or several', async () => {
  queue('busy', 500);
  expect([await claim(), await claim()]).toEqual(['busy', 'busy']);
  queue('calm', 2);
  queue('late', 1);
  // The next two turns are of those that have none running.
  end();
  expect(await claim()).toBe('calm');
  end();
  expect(await claim()).toBe('late');
  end();
  end();
  const turns = [];
  for (let at = 0; at < 5; at += 1) {
    turns.push(await claim());
    end();
  }
  // One at once: in turn, and then there is only one left.
  expect(turns).toEqual(['busy', 'calm', 'busy', 'busy', 'busy']);
});

test('a repository whose next run is queued when one has ended gets every second turn beside one that queues 500', async () => {
  queue('busy', 500);
  queue('steady', 1);
  const turns = [];
  for (let at = 0; at < 8; at += 1) {
    const name = await claim();
    turns.push(name);
    end();
    if (name === 'steady') queue('steady', 1);
  }
  expect(turns.filter((name) => name === 'busy')).toHaveLength(4);
  expect(turns.join(' ')).not.toContain('steady steady');
});

test('an owner of many repositories gets no more turns than one who has a single one', async () => {
  for (let at = 0; at < 20; at += 1) queue(`many${at}`, 5, 'greedy');
  queue('single', 10);
  const turns = [];
  for (let at = 0; at < 12; at += 1) {
    turns.push(await claim());
    end();
  }
  expect(turns.filter((name) => name === 'single')).toHaveLength(6);
  // Its own repositories take turns, too.
  const others = turns.filter((name) => name !== 'single');
  expect(new Set(others).size).toBe(others.length);
});
