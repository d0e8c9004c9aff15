import { describe, expect, test } from 'vitest';
import { describeEnd } from './describe-end.ts';

const exit = { code: 1, signal: null, error: null, killedFor: null, lastLines: [] };

describe('describeEnd', () => {
  test.each([
    [{ ...exit, code: 0 }, 'exited with code 0'],
    [{ ...exit, killedFor: 'was stopped', lastLines: ['x'] }, 'was stopped'],
    [{ ...exit, code: null, error: new Error('spawn EACCES') }, 'could not be started: spawn EACCES'],
    [{ ...exit, code: null, signal: 'SIGKILL' as const, lastLines: ['served a page'] }, 'was ended by SIGKILL'],
    [
      { ...exit, code: null, signal: 'SIGABRT' as const, lastLines: ['FATAL: heap', ''] },
      'was ended by SIGABRT: FATAL: heap',
    ],
    [{ ...exit, lastLines: ['{"level":"error","msg":"no","err":{"message":"why"}}'] }, 'exited with code 1: no: why'],
    [{ ...exit, lastLines: ['{"level":50,'] }, 'exited with code 1: {"level":50,'],
    [
      {
        ...exit,
        lastLines: ['throw e', '^', '', 'TypeError: x is not a function', '    at f (a.js:1)', '', 'Node.js v20.20.2'],
      },
      'exited with code 1: TypeError: x is not a function',
    ],
  ])('%j', (end, said) => {
    expect(describeEnd(end)).toBe(said);
  });

  test('a long last log line is cut', () => {
    expect(describeEnd({ ...exit, lastLines: ['x'.repeat(5_000)] }).length).toBeLessThan(350);
  });
});
