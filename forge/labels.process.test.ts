/** Labels of repositories and of their pull requests: who sets them, what is said, what is refused. One forge. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';

const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
let rig: ForgeRig;
let work: string;

beforeAll(async () => {
  rig = await startRig({ maxLabels: 6 });
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  work = await rig.makeWork('work', { 'a.txt': 'one\n' });
  await rig.git('-C', work, 'push', '-q', urlOf(), 'main');
  for (const branch of ['one', 'two']) {
    await rig.git('-C', work, 'checkout', '-q', '-B', branch, 'main');
    await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', branch);
    await rig.git('-C', work, 'push', '-q', urlOf(), branch);
  }
});
afterAll(() => rig.close());

const urlOf = () => `${rig.urlOf(CODER)}/web/app.git`;
const coder = () => rig.agent(CODER);
const names = async () =>
  (await coder().call('listLabels', app)).labels.map(({ name, openPulls }) => [name, openPulls]);
const labelsOf = async (number: number) =>
  (await coder().call('describePull', { ...app, number })).pull.labels.map(({ name }) => name);

test('who may push makes labels, and puts them on pull requests; the conversation and the events say so', async () => {
  await coder().call('setLabel', { ...app, label: 'bug', color: '#D73A4A', description: 'it is broken' });
  await rig.operator.call('setLabel', { ...app, label: 'ui' });
  const { pull } = await coder().call('openPull', { ...app, head: 'one', title: 'One', labels: ['BUG'] });
  expect(pull.labels).toEqual([{ name: 'bug', color: '#d73a4a' }]);
  await coder().call('openPull', { ...app, head: 'two', title: 'Two' });
  const changed = await coder().call('editPull', {
    ...app,
    number: 1,
    addLabels: ['ui', 'bug'],
    removeLabels: ['ui', 'bug'],
  });
  expect(changed.pull.labels).toEqual([]);
  await coder().call('editPull', { ...app, number: 1, addLabels: ['ui', 'bug'] });
  await coder().call('editPull', { ...app, number: 1, removeLabels: ['bug'] });
  expect(await labelsOf(1)).toEqual(['ui']);
  const { entries } = await coder().call('describePull', { ...app, number: 1 });
  expect(entries.map(({ by, kind, body }) => [by, kind, body])).toEqual([
    ['coder', 'unlabeled', 'bug'],
    ['coder', 'labeled', 'ui, bug'],
    ['coder', 'unlabeled', 'bug'],
  ]);
  expect(await names()).toEqual([
    ['bug', 0],
    ['ui', 1],
  ]);
  const facts = (await rig.facts()).filter(
    ({ kind }) => kind === 'forge.pull_label_set' || kind === 'forge.pull_changed',
  );
  expect(facts.map(({ by, data }) => [by, data])).toEqual([
    ['coder', { label: 'bug', removed: false }],
    ['operator', { label: 'ui', removed: false }],
    ...[1, 2, 3].map(() => ['coder', { number: 1, what: ['labels'], commit: pull.commit }]),
  ]);
});

test('lists are filtered by a label, whatever the case of its letters', async () => {
  const found = async (label: string, more: object = {}) =>
    (await coder().call('listPulls', { ...app, label, ...more })).pulls.map(({ number }) => number);
  expect(await found('ui')).toEqual([1]);
  expect(await found('UI')).toEqual([1]);
  expect(await found('bug')).toEqual([]);
  expect(await found('nothing')).toEqual([]);
});

test('others see labels and do not set them; a wrong label changes nothing', async () => {
  const edit = { ...app, number: 2, title: 'Other', addLabels: ['bug'] };
  for (const who of [SCOUT, MANAGER])
    for (const work of [
      () => rig.agent(who).call('editPull', edit),
      () => rig.agent(who).call('setLabel', { ...app, label: 'mine' }),
      () => rig.agent(who).call('removeLabel', { ...app, label: 'bug' }),
      () => rig.agent(who).call('openPull', { ...app, head: 'one', base: 'two', title: 'x', labels: ['bug'] }),
    ])
      await expect(work()).rejects.toMatchObject({ code: 'forbidden' });
  expect((await rig.agent(SCOUT).call('listLabels', app)).labels).toHaveLength(2);
  // Its author may change it, but its labels are for those who may push.
  const own = await rig.agent(SCOUT).call('openPull', { ...app, head: 'one', base: 'two', title: 'Mine' });
  const number = own.pull.number;
  await rig.agent(SCOUT).call('editPull', { ...app, number, title: 'Still mine' });
  await expect(rig.agent(SCOUT).call('editPull', { ...app, number, addLabels: ['bug'] })).rejects.toMatchObject({ code: 'forbidden' }); // prettier-ignore
  await rig.agent(SCOUT).call('editPull', { ...app, number, state: 'closed' });
  await expect(coder().call('editPull', { ...edit, addLabels: ['none'] })).rejects.toMatchObject({
    code: 'not_found',
    message: 'The repository has no label "none". Make it first, or name another one.',
  });
  expect((await coder().call('describePull', { ...app, number: 2 })).pull).toMatchObject({ title: 'Two', labels: [] });
  // One that has ended takes labels, and nothing else.
  expect((await coder().call('editPull', { ...app, number, addLabels: ['bug'] })).pull.state).toBe('closed');
  await expect(coder().call('editPull', { ...app, number, addLabels: ['ui'], title: 'x' })).rejects.toMatchObject({ code: 'pull_ended' }); // prettier-ignore
});

test('a label gets another name and is removed everywhere; no two have one name', async () => {
  await coder().call('editPull', { ...app, number: 2, addLabels: ['bug'] });
  await coder().call('setLabel', { ...app, label: 'bug', newName: 'Defect', color: '#000000' });
  expect(await labelsOf(2)).toEqual(['Defect']);
  await expect(coder().call('setLabel', { ...app, label: 'ui', newName: 'DEFECT' })).rejects.toMatchObject({ code: 'duplicate_label' }); // prettier-ignore
  await coder().call('setLabel', { ...app, label: 'defect', newName: 'defect' });
  await expect(coder().call('setLabel', { ...app, label: 'none', newName: 'x' })).rejects.toMatchObject({ code: 'not_found' }); // prettier-ignore
  const { labels } = await coder().call('removeLabel', { ...app, label: 'DEFECT' });
  expect(labels.map(({ name }) => name)).toEqual(['ui']);
  expect(await labelsOf(2)).toEqual([]);
  await expect(coder().call('removeLabel', { ...app, label: 'defect' })).rejects.toMatchObject({ code: 'not_found' });
});

test('names are one line of visible characters, colours are colours, and there is a limit', async () => {
  const set = (label: string, more: object = {}) => coder().call('setLabel', { ...app, label, ...more });
  for (const label of ['', ' ', 'a\nb', 'a\u202eb', 'a\u200bb', 'a\u001b[2Jb', 'a\u2028b', 'x'.repeat(51)])
    await expect(set(label)).rejects.toMatchObject({ code: 'invalid_input' });
  for (const color of ['red', '#fff', '#00000g', 'url(x)', '#000000;x'])
    await expect(set('x', { color })).rejects.toMatchObject({ code: 'invalid_input' });
  // Markup is a text like any other.
  await set('"><img src=x onerror=alert(1)>', { description: '<script>alert(1)</script>' });
  // The same letters, composed or not, are one name.
  await set('e\u0301');
  expect((await set('\u00e9')).labels).toHaveLength(3);
  for (const label of ['4', '5', '6']) await set(label);
  await expect(set('7')).rejects.toMatchObject({ code: 'forge_quota' });
  await set('6', { description: 'of those that are there' });
  rig.learnSecrets([{ name: 'TOKEN', value: 'tok-1234567890' }]);
  await expect(set('6', { description: 'tok-1234567890' })).rejects.toMatchObject({ code: 'contains_secret' });
});

test('they go with their repository', async () => {
  await coder().call('editPull', { ...app, number: 2, addLabels: ['ui'] });
  await rig.operator.call('removeRepo', { ...app, purge: 'web/app' });
  await rig.git('-C', work, 'push', '-q', urlOf(), 'main');
  expect(await names()).toEqual([]);
});
