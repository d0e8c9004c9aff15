import { describe, expect, test } from 'vitest';
import { decideAgentDisk } from './decide-agent.ts';
import { decideLevel, marksOf, reserveOf } from './decide-level.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const CONFIG = { lowMb: 2048, pauseMb: 1024, stopMb: 256 };

describe('the level of a disk', () => {
  const marks = marksOf(1000 * GIB, CONFIG);
  const facts = (freeBytes: number) => ({ freeBytes, totalBytes: 1000 * GIB, freeFiles: 1000, files: 1000 });

  test('by its marks, which are fractions of a small disk', () => {
    expect(marks).toEqual({ low: 2048 * MIB, paused: 1024 * MIB, full: 256 * MIB });
    expect(marksOf(1000 * MIB, CONFIG)).toEqual({ low: 100 * MIB, paused: 50 * MIB, full: 25 * MIB });
    expect(reserveOf(1000 * GIB, 64)).toBe(64 * MIB);
    expect(reserveOf(1000 * MIB, 64)).toBe(20 * MIB);
  });
  test.each([
    [3 * GIB, 'ok', 'ok'],
    [2 * GIB - 1, 'ok', 'low'],
    [GIB - 1, 'ok', 'paused'],
    [0, 'ok', 'full'],
    [200 * MIB, 'low', 'full'],
    // Left only with some margin above the mark.
    [2.1 * GIB, 'low', 'low'],
    [2.6 * GIB, 'low', 'ok'],
    [300 * MIB, 'full', 'full'],
    [400 * MIB, 'full', 'paused'],
    [1.1 * GIB, 'full', 'paused'],
  ] as const)('%d bytes free after %s: %s', (free, before, level) => {
    expect(decideLevel(facts(free), marks, before)).toBe(level);
  });
  test('by inodes too, where the file system counts them', () => {
    expect(decideLevel({ ...facts(100 * GIB), freeFiles: 90 }, marks, 'ok')).toBe('low');
    expect(decideLevel({ ...facts(100 * GIB), freeFiles: 0 }, marks, 'ok')).toBe('full');
    expect(decideLevel({ ...facts(100 * GIB), freeFiles: 0, files: 0 }, marks, 'ok')).toBe('ok');
  });
});

describe('the decision about an agent’s disk use', () => {
  const facts = {
    usedBytes: 5 * GIB,
    usedFiles: 10,
    limitBytes: 10 * GIB,
    limitFiles: 100,
    whole: true,
    overMs: null,
    graceMs: 600_000,
    level: 'ok' as const,
    grewBytes: 0,
    fellBytes: 0,
    leastBytes: 256 * MIB,
  };
  const over = { ...facts, usedBytes: 12 * GIB };

  test('within its limits, or without any: nothing', () => {
    expect(decideAgentDisk(facts)).toEqual({ do: 'nothing' });
    expect(decideAgentDisk({ ...over, limitBytes: 0 })).toEqual({ do: 'nothing' });
  });
  test('over its bytes or files it is warned once, has a grace period, and is stopped after it', () => {
    expect(decideAgentDisk(over)).toEqual({ do: 'warn' });
    expect(decideAgentDisk({ ...facts, usedFiles: 101 })).toEqual({ do: 'warn' });
    expect(decideAgentDisk({ ...over, overMs: 599_999 })).toEqual({ do: 'wait' });
    expect(decideAgentDisk({ ...over, overMs: 600_000 })).toEqual({ do: 'stop', because: 'limit' });
  });
  test('an agent that was warned and cannot be counted any longer is still over; one that was not warned is not', () => {
    expect(decideAgentDisk({ ...facts, whole: false, overMs: 5 })).toEqual({ do: 'wait' });
    expect(decideAgentDisk({ ...facts, whole: false, overMs: 600_000 })).toEqual({ do: 'stop', because: 'limit' });
    expect(decideAgentDisk({ ...facts, whole: false })).toEqual({ do: 'nothing' });
  });
  test('no grace period on a disk that is low', () => {
    expect(decideAgentDisk({ ...over, level: 'low' })).toEqual({ do: 'stop', because: 'limit' });
  });
  test('the agent that used most of the lost bytes is stopped, whatever its limit; none on a disk with space', () => {
    const grew = { ...facts, grewBytes: 600 * MIB, fellBytes: GIB };
    expect(decideAgentDisk({ ...grew, level: 'full' })).toEqual({ do: 'stop', because: 'growth' });
    expect(decideAgentDisk({ ...grew, level: 'paused', limitBytes: 0 })).toEqual({ do: 'stop', because: 'growth' });
    expect(decideAgentDisk({ ...grew, level: 'low' })).toEqual({ do: 'nothing' });
    expect(decideAgentDisk({ ...grew, level: 'full', grewBytes: 400 * MIB })).toEqual({ do: 'nothing' });
    expect(decideAgentDisk({ ...grew, level: 'full', grewBytes: 1, fellBytes: 1 })).toEqual({ do: 'nothing' });
  });
});
