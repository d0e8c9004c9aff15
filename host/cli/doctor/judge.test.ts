import { describe, expect, test } from 'vitest';
import { judgeDisk, judgeEngine, judgeGit, judgeNode, judgeSetpriv } from './judge.ts';
import { mergeChecks } from './merge-checks.ts';

describe('the doctor’s verdict', () => {
  test('of versions', () => {
    expect(judgeNode('20.19.0').level).toBe('ok');
    expect(judgeNode('20.18.3').level).toBe('fail');
    expect(judgeNode('18.20.0').level).toBe('fail');
    expect(judgeGit('2.39.5').level).toBe('ok');
    expect(judgeGit('2.30.2').level).toBe('warn');
    expect(judgeGit(null).level).toBe('fail');
  });
  test('of the engine: not answering, forbidden, or without live restore', () => {
    const engine = { version: '27.0', notPermitted: false, socket: '/s', keepsBoxes: true };
    expect(judgeEngine(engine).level).toBe('ok');
    expect(judgeEngine({ ...engine, keepsBoxes: false }).advice).toContain('live-restore');
    expect(judgeEngine({ ...engine, version: null, notPermitted: true }).advice).toContain('usermod');
    expect(judgeEngine({ ...engine, version: null }).level).toBe('fail');
  });
  test('of setpriv, with which services drop their privileges', () => {
    expect(judgeSetpriv('/usr/bin/setpriv').level).toBe('ok');
    expect(judgeSetpriv(null)).toMatchObject({ level: 'fail', advice: expect.stringContaining('util-linux') });
  });
  test('of free space on the disk', () => {
    expect(judgeDisk({ freeBytes: 1024 ** 3, path: '/x' }).level).toBe('warn');
    expect(judgeDisk({ freeBytes: 5 * 1024 ** 3, path: '/x' }).level).toBe('ok');
  });
});

test('for checks made by both, hived’s counts; without hived the operator is told to start it', () => {
  const own = [judgeNode('20.19.0'), judgeDisk({ freeBytes: 0, path: '/x' })];
  const hived = [{ name: 'disk', ok: true, level: 'ok' as const, found: 'plenty', advice: null }];
  expect(mergeChecks(own, hived).map(({ name, found }) => [name, found])).toEqual([
    ['node', '20.19.0'],
    ['hive', 'answers'],
    ['disk', 'plenty'],
  ]);
  expect(mergeChecks(own, null).at(-1)).toMatchObject({ name: 'hive', level: 'warn', advice: 'Start it: npm start' });
});
