/**
 * Vulnerability: a forge that is killed while checks are asked for, carried out and decided leaves one that never ends,
 * says that it passed though nobody said so, or is told twice.
 * Scenario: kill -9 at random moments while pull requests are opened and a stand-in for hived carries their checks out.
 * HIVE_TEST_KILLS kills; without it 4.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { bundleForge, startForgeProcess } from './testing/forge-process.ts';
import { gitIn, insist, makeBranches, repositoryIn } from './testing/killed-forge.ts';
import { until } from './testing/until.ts';

const KILLS = Number(process.env['HIVE_TEST_KILLS'] ?? 4);
const PULLS = 3 * KILLS;
const app = { owner: 'operator' as const, name: 'app' as RepoName };

let dir: string;
let bundle: Awaited<ReturnType<typeof bundleForge>>;
beforeAll(async () => {
  bundle = await bundleForge();
  dir = await mkdtemp(join(tmpdir(), 'forge-checks-'));
  await mkdir(join(dir, 'root'), { recursive: true });
});
afterAll(async () => {
  await bundle.remove();
  await rm(dir, { recursive: true, force: true });
});

/** main declares two checks. */
const CHECKS = 'checks:\n  - {name: unit, command: x}\n  - {name: lint, command: y}\n';

test('killed at any moment, the forge decides every suite once, by what was said of its runs', async () => {
  makeBranches(dir, PULLS, CHECKS);
  let child = await startForgeProcess(bundle.path, dir, []);
  const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'), { connections: 4 });
  const openAll = async () => {
    for (let at = 1; at <= PULLS; at += 1)
      await insist(() => forge.call('openPull', { ...app, head: `b${at}`, title: `change ${at}` }), ['duplicate_pull']);
  };
  const holder = randomUUID();
  const held = new Set<number>();
  /** What was said of each run. */
  const said = new Map<number, number>();
  const over = new AbortController();
  const carryOut = async () => {
    while (!over.signal.aborted) {
      const answer = await insist(() => forge.call('claimCheck', { holder, held: [...held], waitMs: 200 }), []);
      const run = answer?.job?.run;
      if (run === undefined) continue;
      held.add(run);
      expect(said.has(run)).toBe(false);
      await insist(() => forge.call('reportCheck', { run, holder, socket: null, text: `run ${run}\n` }), []);
      const exitCode = run % 4 === 0 ? 1 : 0;
      said.set(run, exitCode);
      const end = { kind: 'exited' as const, exitCode, outOfMemory: false };
      await insist(() => forge.call('endCheck', { run, holder, end }), ['wrong_state']);
      held.delete(run);
    }
  };
  const working = Promise.all([openAll(), carryOut()]);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = said.size;
    await until('something is done', () => said.size > before || said.size === 2 * PULLS, 120_000);
    await sleep(Math.random() * 50);
    child.kill('SIGKILL');
    await once(child, 'exit');
    child = await startForgeProcess(bundle.path, dir, []);
  }
  await until('every check was carried out', () => said.size === 2 * PULLS, 120_000);
  const decided = async (number: number) => {
    const answer = await insist(() => forge.call('describePull', { ...app, number }), []);
    return answer !== null && ['passed', 'failed'].includes(answer.merge.checks.state);
  };
  for (let number = 1; number <= PULLS; number += 1) await until('it is decided', () => decided(number));
  const git = (...argv: string[]) => gitIn(dir, [`--git-dir=${repositoryIn(dir)}`, ...argv]);
  await until('no commit is kept', () => git('for-each-ref', 'refs/checks/') === '');
  over.abort();
  await working;
  await forge.close();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;

  const db = new Database(join(dir, 'root/forge.db'), { readonly: true });
  const rows = db.prepare('SELECT id, suite_id AS suite, state, exit_code AS code FROM check_runs').all() as {
    id: number;
    suite: number;
    state: string;
    code: number;
  }[];
  // Nobody was lost: a run whose answer the kill cut off was handed out again, as the same one.
  expect(new Map(rows.map(({ id, code }) => [id, code]))).toEqual(said);
  for (const { state, code } of rows) expect(state).toBe(code === 0 ? 'passed' : 'failed');
  const suites = db.prepare('SELECT id, pull, state FROM check_suites').all() as {
    id: number;
    pull: number;
    state: string;
  }[];
  expect(suites.map(({ pull }) => pull).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: PULLS }, (_, at) => at + 1),
  );
  for (const { id, state } of suites) {
    const isGood = rows.every((row) => row.suite !== id || row.state === 'passed');
    expect(state).toBe(isGood ? 'passed' : 'failed');
  }
  const told = db.prepare(`SELECT data ->> 'number' FROM facts WHERE kind = 'forge.checks_ended'`).pluck().all();
  expect(told.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    suites.map(({ pull }) => pull).toSorted((a, b) => a - b),
  );
  git('fsck', '--full');
  db.close();
}, 3_600_000);
