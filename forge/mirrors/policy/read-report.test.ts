import { expect, test } from 'vitest';
import { readReport } from './read-report.ts';

test('each branch and tag of a push is reported once, with why it was refused', () => {
  const text = [
    'To http://git.test/r',
    ` \t${'a'.repeat(40)}:refs/heads/main\taaaa..bbbb`,
    '+\ta:refs/heads/forced\taaa...bbb (forced update)',
    '*\ta:refs/tags/v1\t[new tag]',
    '=\ta:refs/tags/v0\t[up to date]',
    '!\ta:refs/heads/other\t[rejected] (fetch first)',
    '!\ta:refs/tags/v2\t[rejected] (already exists)',
    '!\ta:refs/heads/locked\t[remote rejected] (protected branch hook declined)',
    'Done',
  ].join('\n');
  expect(readReport(text)).toEqual([
    { ref: 'refs/heads/main', error: null, isDiverged: false },
    { ref: 'refs/heads/forced', error: null, isDiverged: false },
    { ref: 'refs/tags/v1', error: null, isDiverged: false },
    { ref: 'refs/tags/v0', error: null, isDiverged: false },
    { ref: 'refs/heads/other', error: '[rejected] (fetch first)', isDiverged: true },
    { ref: 'refs/tags/v2', error: '[rejected] (already exists)', isDiverged: true },
    { ref: 'refs/heads/locked', error: '[remote rejected] (protected branch hook declined)', isDiverged: false },
  ]);
});
