/**
 * No path around the rule of a protected branch: random sequences of everything that can move a branch, by everybody,
 * against a real forge. An oracle of its own, which knows only who did what, says when the branch may have moved.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { AgentName, ProjectName, RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';

const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
const WHO = ['coder', 'scout', 'manager', 'operator'] as const;
type Who = (typeof WHO)[number];
const agents: Record<Exclude<Who, 'operator'>, AgentName> = { coder: CODER, scout: SCOUT, manager: MANAGER };

let rig: ForgeRig;
afterEach(() => rig.close());

const step = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), who: fc.constantFrom(...WHO), branch: fc.constantFrom('a', 'b') }),
  fc.record({
    kind: fc.constantFrom(
      'direct' as const,
      'force' as const,
      'delete' as const,
      // By Gitea's API: a commit of a file, the deletion of the branch.
      'write' as const,
      'erase' as const,
    ),
    who: fc.constantFrom(...WHO),
  }),
  // A commit by Gitea's API: a push of whoever asks.
  fc.record({ kind: fc.constant('edit' as const), who: fc.constantFrom(...WHO), branch: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('open' as const), who: fc.constantFrom(...WHO), branch: fc.constantFrom('a', 'b') }),
  fc.record({
    kind: fc.constantFrom(
      'approve' as const,
      'refuse' as const,
      'merge' as const,
      'merge' as const,
      // By the forge, as pushes of whoever asks: commits of main into the branch, a branch that takes a merged one back.
      'update' as const,
      'revert' as const,
    ),
    who: fc.constantFrom(...WHO),
    number: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('close' as const),
    who: fc.constantFrom(...WHO),
    number: fc.integer({ min: 1, max: 3 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Judging = Extract<Step, { number: number }>;

/** One that ends with a merge: a push after the approval is in its way, and then the operator approves. */
const MERGED: Step[] = [
  { kind: 'push', who: 'coder', branch: 'a' },
  { kind: 'open', who: 'coder', branch: 'a' },
  { kind: 'approve', who: 'scout', number: 1 },
  { kind: 'edit', who: 'scout', branch: 'a' },
  { kind: 'merge', who: 'operator', number: 1 },
  { kind: 'write', who: 'coder' },
  { kind: 'approve', who: 'operator', number: 1 },
  { kind: 'merge', who: 'manager', number: 1 },
  { kind: 'push', who: 'coder', branch: 'b' },
  { kind: 'open', who: 'coder', branch: 'b' },
  { kind: 'merge', who: 'coder', number: 1 },
  { kind: 'update', who: 'scout', number: 2 },
  { kind: 'approve', who: 'scout', number: 2 },
  { kind: 'merge', who: 'coder', number: 2 },
  { kind: 'revert', who: 'scout', number: 1 },
  { kind: 'merge', who: 'operator', number: 3 },
  { kind: 'approve', who: 'coder', number: 3 },
  { kind: 'merge', who: 'scout', number: 3 },
  { kind: 'delete', who: 'operator' },
  { kind: 'erase', who: 'operator' },
];

/** What the oracle knows of a pull request. */
interface Known {
  readonly author: Who;
  readonly branch: string;
  open: boolean;
  approvals: Map<Who, string>;
  refusals: Set<Who>;
}

test(
  'main moves only by the merge of a pull request that somebody else approved as it is',
  { timeout: 300_000 },
  async () => {
    rig = await startRig();
    let round = 0;
    let merges = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 16 }), async (steps) => {
        merges += await play(steps, `app${(round += 1)}` as RepoName);
      }),
      { numRuns: 4, endOnFailure: true, examples: [[MERGED]] },
    );
    expect(merges).toBeGreaterThan(0);
  },
);

/** Returns the number of merges. */
async function play(steps: readonly Step[], name: RepoName): Promise<number> {
  await rig.setProjects({ web: { coder: 'merge', scout: 'merge', manager: 'write' } });
  const repo = { ...app, name };
  const work = await rig.makeWork(`work-${name}`, { 'a.txt': '0\n' });
  const url = (who: Who) => `${rig.urlOf(who === 'operator' ? 'operator' : agents[who])}/web/${name}.git`;
  await rig.git('-C', work, 'push', '-q', url('coder'), 'main');
  const main = async () =>
    (await rig.git(`--git-dir=${rig.repositoryDir(`web/${name}`)}`, 'rev-parse', 'main')).stdout.trim();
  const client = (who: Who) => (who === 'operator' ? rig.operator : rig.agent(agents[who]));
  const tips = new Map<string, string>();
  const pushers = new Map<string, Set<Who>>();
  const pulls: Known[] = [];
  let files = 0;
  const commit = async (from: string) => {
    await rig.git('-C', work, 'checkout', '-q', '--detach', from);
    await writeFile(join(work, `f${(files += 1)}`), 'x');
    await rig.git('-C', work, 'add', '.');
    await rig.git('-C', work, 'commit', '-q', '-m', `f${files}`);
    return (await rig.git('-C', work, 'rev-parse', 'HEAD')).stdout.trim();
  };

  const byApi = (who: Who, what: string, body: object = {}) => {
    const [method = '', path = ''] = what.split(' ');
    return fetch(`${rig.urlOf(who === 'operator' ? 'operator' : agents[who])}/api/v1/repos/web/${name}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  };

  /** Whether the step may have moved main. */
  async function take(one: Step): Promise<boolean> {
    if (one.kind === 'push') {
      const oid = await commit(tips.get(one.branch) ?? 'main');
      const { code } = await rig.git('-C', work, 'push', '-q', url(one.who), `${oid}:refs/heads/${one.branch}`);
      expect(code).toBe(0);
      tips.set(one.branch, oid);
      pushers.set(one.branch, (pushers.get(one.branch) ?? new Set()).add(one.who));
    } else if (one.kind === 'direct' || one.kind === 'force') {
      const oid = await commit('main');
      const { code } = await rig.git('-C', work, 'push', '-q', '-f', url(one.who), `${oid}:refs/heads/main`);
      expect(code).not.toBe(0);
    } else if (one.kind === 'delete') {
      expect((await rig.git('-C', work, 'push', '-q', url(one.who), ':main')).code).not.toBe(0);
    } else if (one.kind === 'write') {
      expect((await byApi(one.who, 'POST /contents/by-api', { content: 'eA==', message: 'x' })).ok).toBe(false);
    } else if (one.kind === 'erase') {
      expect((await byApi(one.who, 'DELETE /branches/main')).ok).toBe(false);
    } else if (one.kind === 'edit') {
      const { branch, who } = one;
      const change = { branch, content: 'eA==', message: 'x' };
      const answer = await byApi(who, `POST /contents/f${(files += 1)}`, change);
      expect(answer.ok).toBe(tips.has(branch));
      if (!answer.ok) return false;
      await rig.git('-C', work, 'fetch', '-q', url('operator'), branch);
      tips.set(branch, ((await answer.json()) as { commit: { sha: string } }).commit.sha);
      pushers.set(branch, (pushers.get(branch) ?? new Set()).add(who));
    } else if (one.kind === 'open') {
      const made = await attempt(client(one.who).call('openPull', { ...repo, head: one.branch, title: one.branch }));
      if (made !== null)
        pulls.push({ author: one.who, branch: one.branch, open: true, approvals: new Map(), refusals: new Set() });
    } else if ('number' in one) return judge(one);
    return false;
  }

  async function judge(one: Judging): Promise<boolean> {
    const { who, number } = one;
    const known = pulls[number - 1];
    const path = { ...repo, number };
    const tip = tips.get(known?.branch ?? '');
    const meant = tip === undefined ? {} : { commit: tip };
    if (one.kind === 'approve') {
      const done = await attempt(client(who).call('reviewPull', { ...path, verdict: 'approve', ...meant }));
      if (done !== null) known?.approvals.set(who, done.entry.commit);
      if (done !== null) known?.refusals.delete(who);
    } else if (one.kind === 'refuse') {
      const wish = { ...path, verdict: 'request_changes', body: 'no', ...meant } as const;
      if ((await attempt(client(who).call('reviewPull', wish))) !== null) {
        known?.refusals.add(who);
        known?.approvals.delete(who);
      }
    } else if (one.kind === 'update' || one.kind === 'revert') {
      const name = one.kind === 'update' ? 'updatePull' : 'revertPull';
      const done = await attempt(client(who).call(name, path));
      if (done === null) return false;
      const { head, commit: oid } = done.pull;
      await rig.git('-C', work, 'fetch', '-q', url('operator'), head);
      tips.set(head, oid);
      pushers.set(head, (pushers.get(head) ?? new Set()).add(who));
      if (one.kind === 'revert')
        pulls.push({ author: who, branch: head, open: true, approvals: new Map(), refusals: new Set() });
    } else if (one.kind === 'close') {
      if ((await attempt(client(who).call('editPull', { ...path, state: 'closed' }))) !== null && known !== undefined)
        known.open = false;
    } else {
      const merged = await attempt(client(who).call('mergePull', path));
      if (merged === null) return false;
      const makers = new Set([known?.author, ...(pushers.get(known?.branch ?? '') ?? [])]);
      const valid = [...(known?.approvals ?? [])].filter(([by, oid]) => oid === tip && !makers.has(by));
      expect(known?.open).toBe(true);
      expect(valid.length).toBeGreaterThan(0);
      expect([...(known?.refusals ?? [])]).toEqual([]);
      expect(who).not.toBe('manager');
      if (known !== undefined) known.open = false;
      return true;
    }
    return false;
  }

  let merges = 0;
  for (const one of steps) {
    const before = await main();
    const mayMove = await take(one);
    if (!mayMove) expect(await main(), JSON.stringify(one)).toBe(before);
    else {
      merges += 1;
      await rig.git('-C', work, 'fetch', '-q', url('operator'), '+main:main');
    }
  }
  return merges;
}

const attempt = <T>(call: Promise<T>): Promise<T | null> => call.catch(() => null);
