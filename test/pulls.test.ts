import { afterAll, beforeAll, expect, test } from 'vitest';
import { heard, useTool, workInBox } from './support/agents-at-work.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A worker and a judge in boxes, with the real Claude Code CLI: their tools, their mail, real git through the relay.
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive();
  await hive.start();
  for (const args of [
    ['forge', 'project', 'create', 'web'],
    ['edit', 'scout', '--project', 'web=write'],
    ['edit', 'manager', '--project', 'web=review'],
  ])
    expect(await hive.hivectl(args)).toMatchObject({ code: 0 });
  await hive.allIdle();
});
afterAll(() => hive.close());

const REPO = 'http://127.0.0.1:7002/web/app.git';
const work = (script: string) => workInBox(hive, 'scout', script);
const use = (agent: string, tool: string, input: object) => useTool(hive, agent, [tool, input]);
const told = (to: string, words: string) => heard(hive, to, words);
const pr = { owner: 'web', name: 'app', number: 1 };
test('a worker opens a pull request, a judge wants changes and approves the next commit, the operator merges; each hears it once', async () => {
  await work(`git init -q -b main . && echo one > a && git add . && git commit -qm first && git push -q ${REPO} main`);
  const first = await work(`git checkout -qb fix && echo two > a && git commit -qam two && git push -q ${REPO} fix`);
  const opened = await use('scout', 'open_pr', {
    owner: 'web',
    name: 'app',
    head: 'fix',
    title: 'Say two',
    reviewers: ['manager'],
  });
  expect(opened).toContain(`"pr":"web/app#1"`);
  await told('manager', 'scout asks you to review web/app#1');

  expect(await use('manager', 'pr_diff', pr)).toContain('-one\\n+two');
  const wish = { ...pr, verdict: 'request_changes', commit: first, body: 'Say three.' };
  expect(await use('manager', 'review_pr', wish)).toContain('"noted":"request_changes"');
  await told('scout', 'manager wants changes in web/app#1');
  expect((await hive.hivectl(['pr', 'merge', 'web/app#1'])).stderr).toMatch(
    /web\/app#1 cannot be merged: manager wanted changes and has not approved since; it needs 1 approval/,
  );

  const second = await work(`echo three > a && git commit -qam three && git push -q ${REPO} fix`);
  await told('manager', 'web/app#1');
  const early = { ...pr, verdict: 'approve', commit: first };
  expect(await use('manager', 'review_pr', early)).toContain('pull_moved: Its newest commit is');
  expect(await use('manager', 'review_pr', { ...early, commit: second })).toContain('"noted":"approve"');
  expect(await use('scout', 'pr', pr)).toContain('It can be merged.');
  expect(await use('scout', 'merge_pr', pr)).toContain('forbidden: scout may push to web/app but not merge its');

  const merged = await hive.hivectl(['pr', 'merge', 'web/app#1', '--commit', second]);
  expect(merged).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^web\/app#1 is merged into main as [0-9a-f]{40}/),
  });
  await told('scout', 'is merged into');
  expect(await work(`git fetch -q ${REPO} main && git checkout -q FETCH_HEAD && grep -q three a`)).toHaveLength(40);
  const shown = await hive.hivectl(['pr', 'show', 'web/app#1']);
  expect(shown.stdout).toMatch(/web\/app#1: Say two\nmerged, by scout/);
  expect(shown.stdout).toMatch(/manager asked for changes/);
  expect((await hive.hivectl(['pr', 'ls'])).stdout).toContain('No pull request is open.');
  expect((await hive.hivectl(['pr', 'ls', '--state', 'merged'])).stdout).toContain('Say two');
});

test('an agent in no project has none of the tools, and pays for none', async () => {
  expect(await hive.hivectl(['edit', 'scout', '--project', 'web=none'])).toMatchObject({ code: 0 });
  const { tools } = await hive.admin.call('getPrompt', { name: 'scout' });
  expect(tools.list.map(({ name }) => name)).not.toContain('open_pr');
  const { id } = await hive.admin.call('send', { to: 'scout', body: '@prs {}' });
  const turn = await hive.event(
    ({ kind, data }) => kind === 'turn.finished' && (data['messages'] as number[]).includes(id),
  );
  expect(String(turn.data['text'])).toContain('I was given no tool called "prs"');
});
