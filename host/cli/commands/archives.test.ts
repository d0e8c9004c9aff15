import { afterEach, beforeEach, expect, test } from 'vitest';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

const archive = (name: string, day: number) => ({
  archive: `${name}-2027010${day}T090000000Z.tar.gz`,
  name: name as AgentName,
  at: Date.UTC(2027, 0, day, 9),
  bytes: 1_500,
  role: day === 1 ? null : 'looks',
  parent: 'manager' as AgentName,
});
const archives = [archive('scout', 3), archive('coder', 2), archive('scout', 1)];

let hive: StandInHive;
let asked: unknown[];
beforeEach(async () => {
  asked = [];
  hive = await openStandInHive({
    listArchives: () => ({ archives }),
    restoreAgent: (input) => {
      asked.push(input);
      return { agent: agentView(input.as ?? 'scout', { state: 'starting' }) };
    },
    removeArchive: (input) => {
      asked.push(input);
      if (!archives.some((each) => each.archive === input.archive)) throw new HiveError('not_found');
      return { archive: input.archive, removed: true as const };
    },
  });
});
afterEach(() => hive.close());

test.each([[['archives']], [['archives', 'ls']]])('%j lists archives, newest first', async (argv) => {
  const { code, out } = await runHivectl(hive.socket, argv);
  expect(code).toBe(0);
  expect(out).toMatch(/ARCHIVE[^]*scout-20270103[^]*coder-20270102[^]*scout-20270101/);
});

test.each([
  ['scout', 'scout-20270103T090000000Z.tar.gz'],
  ['coder-20270102T090000000Z.tar.gz', 'coder-20270102T090000000Z.tar.gz'],
  ['/var/hive/backups/scout-20270101T090000000Z.tar.gz', 'scout-20270101T090000000Z.tar.gz'],
])('restore %s takes %s', async (wanted, chosen) => {
  const { code, out } = await runHivectl(hive.socket, ['restore', wanted]);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('scout: restored') });
  expect(asked).toEqual([{ archive: chosen, spec: {}, start: true }]);
});

test('restore passes on the name and the changed fields of the spec', async () => {
  const argv = [
    'restore',
    'coder',
    '--as',
    'coder-2',
    '--parent',
    'scout',
    '--role',
    'x',
    '--memory',
    '512',
    '--no-start',
  ];
  expect((await runHivectl(hive.socket, argv)).code).toBe(0);
  expect(asked).toEqual([
    {
      archive: archives[1]?.archive,
      as: 'coder-2',
      parent: 'scout',
      spec: { role: 'x', limits: { memoryMb: 512 } },
      start: false,
    },
  ]);
});

test('a missing archive is reported before anything is asked', async () => {
  expect(await runHivectl(hive.socket, ['restore', 'nobody'])).toMatchObject({ code: 66 });
  expect(await runHivectl(hive.socket, ['restore', 'scout', '--as', 'Bad_Name'])).toMatchObject({ code: 64 });
  expect(asked).toEqual([]);
});

test('rm asks first, and removes the archive that it was given', async () => {
  const [first, second] = archives.map((each) => each.archive) as [string, string];
  expect(await runHivectl(hive.socket, ['archives', 'rm', first])).toMatchObject({ code: 64 });
  expect(await runHivectl(hive.socket, ['archives', 'rm', first], { typed: 'n\n' })).toMatchObject({ code: 130 });
  expect(asked).toEqual([]);
  expect(await runHivectl(hive.socket, ['archives', 'rm', first, second, '--yes'])).toMatchObject({ code: 0 });
  expect(asked).toEqual([{ archive: first }, { archive: second }]);
  expect(await runHivectl(hive.socket, ['archives', 'rm', 'none', '-y'])).toMatchObject({ code: 66 });
});
