import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drivesTurn, type Notice, NOTICE_KINDS, type NoticeKind, NOTICES, readWakeFor, sayWakeFor } from './notices.ts';

describe('whether a notice starts a turn', () => {
  test.each<[Notice, NoticeKind[] | undefined, boolean]>([
    ['rebuild', undefined, true],
    ['given_up', undefined, true],
    ['question', undefined, true],
    ['disk', undefined, true],
    ['expired', undefined, false],
    ['timer', undefined, false],
    ['rebuild', [], false],
    ['rebuild', ['disk'], false],
    ['disk', ['disk'], true],
    ['expired', ['expired', 'timer'], true],
    ['interruption', undefined, true],
    ['interruption', [], true],
    ['interruption', ['disk'], true],
  ])('%s with wakeFor %j: %s', (notice, wakeFor, drives) => {
    expect(drivesTurn(notice, wakeFor)).toBe(drives);
  });
});

test.each<[string, NoticeKind[]]>([
  ['all', NOTICE_KINDS],
  ['none', []],
  ['default', ['rebuild', 'given_up', 'question', 'disk', 'review', 'check_failed']],
  ['timer,rebuild', ['rebuild', 'timer']],
  [' disk  timer,, disk ', ['disk', 'timer']],
])('kinds typed as "%s" are read as %j, and written so that they are read again', (typed, kinds) => {
  expect(readWakeFor(typed)).toEqual({ value: kinds });
  expect(readWakeFor(sayWakeFor(kinds))).toEqual({ value: kinds });
});

test.each(['', ' , ', 'all,disk', 'none disk', 'rebuilds', 'interruption', 'toString', 'Disk'])(
  'kinds typed as "%s" are refused with the known ones',
  (typed) => {
    expect(readWakeFor(typed)).toEqual({
      problem: `is all, none, default or a list of rebuild, given_up, question, disk, review, pull_ended, check_failed, expired, timer; not "${typed}"`,
    });
  },
);

test('an agent without a list has the default one', () => {
  expect(sayWakeFor(undefined)).toBe('default');
});

// `npm run docs` writes it; this fails when it was not run.
test('docs/messaging.md has the table of kinds', () => {
  const page = new URL('../docs/messaging.md', import.meta.url);
  const rows = Object.entries(NOTICES).map(
    ([kind, { drives, about }]) => `| \`${kind}\` | ${about} | ${SAY[String(drives)]} |`,
  );
  const drawn = [
    '<!-- notices -->',
    '',
    '| kind | what it tells the agent | starts a turn |',
    '|---|---|---|',
    ...rows,
    '',
    '<!-- /notices -->',
  ].join('\n');
  if (process.env['HIVE_WRITE_DOCS'] === '1')
    writeFileSync(
      page,
      readFileSync(page, 'utf8').replace(/<!-- notices -->[^]*<!-- \/notices -->/, () => drawn),
    );
  expect(readFileSync(page, 'utf8')).toContain(drawn);
});

const SAY: Record<string, string> = { always: 'always', true: 'yes', false: 'no' };
