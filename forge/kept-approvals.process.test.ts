/**
 * Vulnerability: an approval outlives what was approved. Scenarios: a rebase with another change in it that a patch-id
 * does not see (white space, a mode, a binary file, the same lines at another place); another base under the approved
 * commit. Verified: approvals stay only with exactly the approved change.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let work: string;
let app: { owner: ProjectName; name: RepoName };
let made = 0;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.setProjects({ web: { coder: 'write', scout: 'write' } });
  app = { owner: web, name: `app${(made += 1)}` as RepoName };
  work = await rig.makeWork(`work${made}`, FILES);
  await rig.git('-C', work, 'push', '-q', url('operator'), 'main');
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 1, direct: 'merge', keepOnRebase: true });
});

/** Two places that look alike in a patch. */
const ALIKE = 'if a:\n  one()\n  two()\n  three()\n';
const FILES = { 'a.txt': 'one\n', 'b.txt': 'b\n', 'twice.py': `${ALIKE}${'# between\n'.repeat(20)}${ALIKE}` };
const url = (who: Parameters<ForgeRig['urlOf']>[0]) => `${rig.urlOf(who)}/web/${app.name}.git`;
const git = (...argv: string[]) => rig.git('-C', work, ...argv);

async function commit(branch: string, files: Record<string, string | Buffer>, from?: string): Promise<void> {
  await (from === undefined ? git('checkout', '-q', branch) : git('checkout', '-q', '-B', branch, from));
  for (const [file, text] of Object.entries(files)) await writeFile(`${work}/${file}`, text);
  await git('add', '.');
  await git('commit', '-q', '-m', `change ${Object.keys(files).join(', ')}`);
}
async function push(branch: string, as: Parameters<ForgeRig['urlOf']>[0] = CODER): Promise<void> {
  expect((await git('push', '-q', '-f', url(as), branch)).stderr).toBe('');
}
const open = async (head: string, base = 'main') =>
  (await rig.agent(CODER).call('openPull', { ...app, head, base, title: `Merge ${head}` })).pull;
const look = (number: number) => rig.operator.call('describePull', { ...app, number });
const approvedBy = async (number: number) => (await look(number)).merge.approvedBy;
async function approve(number: number): Promise<void> {
  const { commit: newest } = (await look(number)).pull;
  await rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit: newest });
}

/** A pull request with an approval, and a base that went on. */
async function approved(files: Record<string, string | Buffer>): Promise<void> {
  await commit('fix', files, 'main');
  await push('fix');
  await open('fix');
  await approve(1);
  await commit('main', { 'c.txt': 'c\n' });
  await push('main', 'operator');
}

test('a pure rebase and an update by the forge keep approvals where the rule says so, and nowhere else', async () => {
  await approved({ 'a.txt': 'two\n' });
  await git('rebase', '-q', 'main', 'fix');
  await push('fix');
  const { merge, entries } = await look(1);
  expect(merge).toMatchObject({ ready: true, approvedBy: ['scout'] });
  expect(entries.find(({ kind }) => kind === 'approve')).toMatchObject({ stale: false });
  await commit('main', { 'd.txt': 'd\n' });
  await push('main', 'operator');
  await rig.operator.call('updatePull', { ...app, number: 1 });
  expect(await approvedBy(1)).toEqual(['scout']);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 1, direct: 'merge' });
  expect(await approvedBy(1)).toEqual([]);
  // Set again, the rule finds what was compared when the branch moved.
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 1, direct: 'merge', keepOnRebase: true });
  expect(await approvedBy(1)).toEqual(['scout']);
  const mails = (await rig.facts()).flatMap(({ mail }) => mail.map(({ body }) => JSON.stringify(body)));
  expect(mails.filter((text) => text.includes('They make the same change as before'))).toHaveLength(2);
});

test('whoever rebases it pushed it: their approval ends', async () => {
  await approved({ 'a.txt': 'two\n' });
  await git('rebase', '-q', 'main', 'fix');
  await push('fix', SCOUT);
  expect(await approvedBy(1)).toEqual([]);
});

describe('a rebase that hides a change ends approvals', () => {
  const BINARY = (end: number) => Buffer.from([0, 1, 2, 0, end]);
  const amend = async (files: Record<string, string | Buffer>) => {
    for (const [file, text] of Object.entries(files)) await writeFile(`${work}/${file}`, text);
    await git('add', '.');
    await git('commit', '-q', '--amend', '--no-edit');
  };
  test.each<[string, Record<string, string | Buffer>, () => Promise<unknown>]>([
    ['white space', { 'a.py': 'if a:\n  b()\nc()\n' }, () => amend({ 'a.py': 'if a:\n  b()\n  c()\n' })],
    ['the contents of a binary file', { 'x.bin': BINARY(1) }, () => amend({ 'x.bin': BINARY(2) })],
    ['another file', { 'a.txt': 'two\n' }, () => amend({ 'e.txt': 'evil\n' })],
    [
      'the right to run a file',
      { 'run.sh': 'x\n' },
      async () => {
        await chmod(`${work}/run.sh`, 0o755);
        await amend({});
      },
    ],
    [
      'the place of the same lines',
      { 'twice.py': FILES['twice.py'].replace('two()\n', 'two()\n  return\n') },
      () => {
        const at = FILES['twice.py'].lastIndexOf('two()\n') + 'two()\n'.length;
        return amend({ 'twice.py': `${FILES['twice.py'].slice(0, at)}  return\n${FILES['twice.py'].slice(at)}` });
      },
    ],
  ])('%s', async (_, files, hide) => {
    await approved(files);
    expect(await approvedBy(1)).toEqual(['scout']);
    await git('rebase', '-q', 'main', 'fix');
    await hide();
    await push('fix');
    expect(await approvedBy(1)).toEqual([]);
  });

  test('a merge of the base that brings something else', async () => {
    await approved({ 'a.txt': 'two\n' });
    await git('checkout', '-q', 'fix');
    await git('merge', '-q', '--no-commit', 'main');
    await writeFile(`${work}/e.txt`, 'evil\n');
    await git('add', '.');
    await git('commit', '-q', '-m', 'Merge main');
    await push('fix');
    expect(await approvedBy(1)).toEqual([]);
  });
});

test('an approval of a small change on a base of one’s own does not let that base’s changes pass', async () => {
  await commit('evil', { 'e.txt': 'evil\n' }, 'main');
  await push('evil');
  await commit('fix', { 'a.txt': 'two\n' }, 'evil');
  await push('fix');
  await open('fix', 'evil');
  await approve(1);
  expect((await look(1)).merge).toMatchObject({ approvedBy: ['scout'] });
  await rig.agent(CODER).call('editPull', { ...app, number: 1, base: 'main' });
  expect((await look(1)).merge).toMatchObject({ ready: false, approvedBy: [] });
  // Back to that base it is not approved either: the judge has to say it again.
  await rig.agent(CODER).call('editPull', { ...app, number: 1, base: 'evil' });
  await approve(1);
  // The base drops what stood below the approved change, and is merged without it.
  await commit('evil', { 'ok.txt': 'ok\n' }, 'main');
  await push('evil');
  expect(await approvedBy(1)).toEqual([]);
});

test.each(['merge', 'squash'] as const)(
  'one on top of a pull request merged by %s keeps its approvals',
  async (method) => {
    await commit('below', { 'a.txt': 'two\n' }, 'main');
    await push('below');
    await open('below');
    await commit('top', { 'b.txt': 'two\n' }, 'below');
    await push('top');
    await open('top', 'below');
    await approve(1);
    await approve(2);
    await rig.operator.call('mergePull', { ...app, number: 1, method });
    const { pull, merge } = await look(2);
    expect(pull.base).toBe('main');
    expect(merge).toMatchObject({ ready: true, approvedBy: ['scout'] });
  },
);

test('one that was closed while its base was rewritten is not approved when it is opened again', async () => {
  await commit('below', { 'e.txt': 'evil\n' }, 'main');
  await push('below');
  await commit('top', { 'b.txt': 'two\n' }, 'below');
  await push('top');
  await open('top', 'below');
  await approve(1);
  await rig.agent(CODER).call('editPull', { ...app, number: 1, state: 'closed' });
  await commit('below', { 'ok.txt': 'ok\n' }, 'main');
  await push('below');
  await rig.agent(CODER).call('editPull', { ...app, number: 1, state: 'open' });
  expect(await approvedBy(1)).toEqual([]);
});

describe('owners, roles, and the operator', () => {
  const rule = { pattern: 'main', approvals: 0, direct: 'merge' } as const;
  const say = async (verdict: 'approve' | 'request_changes', as: 'operator' | typeof SCOUT = SCOUT) => {
    const said = { ...app, number: 1, verdict, commit: (await look(1)).pull.commit, body: 'x' } as const;
    await (as === 'operator' ? rig.operator.call('reviewPull', said) : rig.agent(as).call('reviewPull', said));
  };
  const merge = () => rig.operator.call('mergePull', { ...app, number: 1 });
  const reasons = async () => (await look(1)).merge.reasons;

  test('each changed path needs an owner whom the base’s file names, at the path that the merge gives it', async () => {
    await mkdir(`${work}/.hive`);
    await commit('main', { '.hive/CODEOWNERS': '/moved.txt @manager\n/a.txt @role:judge\n' });
    await git('mv', 'b.txt', 'moved.txt');
    await commit('main', {});
    await push('main', 'operator');
    await rig.operator.call('setRule', { ...app, ...rule, owners: true });
    // The branch left before the file was moved, and has a file of its own.
    await commit('fix', { 'b.txt': 'bb\n', 'a.txt': 'two\n', CODEOWNERS: '*\n' }, 'main~2');
    await push('fix');
    await open('fix');
    const [moved, judged] = [
      '"moved.txt" needs an approval of @manager, or of the operator',
      '"a.txt" needs an approval of @role:judge, or of the operator',
    ];
    expect((await reasons()).toSorted()).toEqual([judged, moved]);
    await say('approve');
    expect(await reasons()).toEqual([moved]);
    await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable', details: { reasons: [moved] } });
    await say('approve', 'operator');
    expect((await merge()).pull.state).toBe('merged');
  });

  test('a file of owners that cannot be read allows nothing, and says where', async () => {
    await mkdir(`${work}/.hive`);
    await commit('main', { '.hive/CODEOWNERS': '# who\n* everybody\n' });
    await push('main', 'operator');
    await rig.operator.call('setRule', { ...app, ...rule, owners: true });
    await commit('fix', { 'a.txt': 'two\n' }, 'main');
    await push('fix');
    await open('fix');
    const problem = '.hive/CODEOWNERS, line 2: "everybody" is no owner: write @NAME, @operator or @role:ROLE';
    expect(await reasons()).toEqual([problem]);
    await expect(merge()).rejects.toMatchObject({ details: { reasons: [problem] } });
  });

  test('a rule may ask for an agent with a role', async () => {
    await rig.operator.call('setRule', { ...app, ...rule, roles: ['judge'] });
    await commit('fix', { 'a.txt': 'two\n' }, 'main');
    await push('fix');
    await open('fix');
    await say('approve', 'operator');
    expect(await reasons()).toEqual(['it needs an approval of an agent whose role is "judge"']);
    await say('approve');
    expect((await merge()).pull.state).toBe('merged');
  });

  test('nobody approves over what the operator wants changed, and only the operator takes it back', async () => {
    await commit('fix', { 'a.txt': 'two\n' }, 'main');
    await push('fix');
    await open('fix');
    await say('request_changes', 'operator');
    await say('approve');
    await commit('main', { 'c.txt': 'c\n' });
    await push('main', 'operator');
    // The operator updates the branch, and so cannot approve any more.
    await rig.operator.call('updatePull', { ...app, number: 1 });
    await say('approve');
    expect(await reasons()).toEqual(['operator wanted changes and has not approved since']);
    await expect(merge()).rejects.toMatchObject({ code: 'not_mergeable' });
    await say('approve', 'operator');
    expect((await look(1)).merge).toMatchObject({ ready: true, approvedBy: ['scout'], changesWantedBy: [] });
    await expect(say('approve', 'operator')).rejects.toMatchObject({ code: 'forbidden' });
  });
});
