import { expect, test } from 'vitest';
import type { DiskOwner, DiskReport } from '../../../../protocol/schemas/disk.ts';
import { examineDisk } from './examine-disk.ts';

const about = {
  places: { root: '/hive', backups: '/hive/backups' },
  node: { pathOf: () => '/hive/shared', filesOf: (name: string) => `/hive/agents/${name}` },
};
const scout: DiskOwner = {
  owner: 'agent scout',
  agent: 'scout' as never,
  bytes: 3e9,
  files: 7,
  limitBytes: 2e9,
  limitFiles: 0,
  whole: true,
};
const report = (level: DiskReport['disk']['level']): DiskReport => ({
  disk: { level, freeBytes: 9e9, totalBytes: 1e11, freeFiles: 9, files: 10, reserveBytes: 1, advice: 'It is nearly full.' },
  measuredAt: 60_000,
  owners: [scout],
}); // prettier-ignore

test('the doctor reports who is over a limit, and when that was measured', () => {
  expect(examineDisk(report('ok'), { ...about, now: 60_000 + 4 * 60_000 })).toEqual([
    {
      name: 'disk',
      ok: true,
      level: 'ok',
      found: '9.0 GB of 100.0 GB free under /hive; agent scout 3.0 GB (measured 4 min ago)',
      advice: null,
    },
    {
      name: 'disk: agent scout',
      ok: true,
      level: 'warn',
      found: 'over its limit: 3.0 GB of 2.0 GB (measured 4 min ago)',
      advice: 'Delete files in /hive/agents/scout, or the agent: hivectl destroy scout',
    },
  ]);
});

test('a full disk fails the check, and the advice names the biggest owner', () => {
  const [disk] = examineDisk(report('full'), { ...about, now: 60_000 });
  expect(disk).toMatchObject({ ok: false, level: 'fail', found: 'It is nearly full.' });
  expect(disk?.advice).toContain('hivectl destroy scout');
});

test('uncounted files are reported, with the right that hived may lack', () => {
  const checks = examineDisk(
    { ...report('ok'), owners: [{ ...scout, bytes: 0, whole: false }] },
    { ...about, now: 60_000 },
  );
  expect(checks).toHaveLength(2);
  expect(checks[1]).toMatchObject({
    name: 'disk: counting',
    level: 'warn',
    found: expect.stringContaining('agent scout') as string,
    advice: expect.stringContaining('CAP_DAC_READ_SEARCH') as string,
  });
});
