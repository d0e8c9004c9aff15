import { expect, test } from 'vitest';
import { readFsck } from './read-fsck.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const codesOf = (text: string, code = 1) =>
  readFsck({ code, stdout: '', stderr: text }, 'web/app').map((one) => one.code);

test.each([
  [`error: refs/heads/x: invalid sha1 pointer ${A}`, ['bad_ref']],
  [`missing blob ${A}`, ['missing']],
  [`broken link from    tree ${A}\n              to    blob ${B}`, ['missing']],
  ['error: packfile ./objects/pack/pack-1.pack does not match index', ['damaged']],
  [`fatal: loose object ${A} (stored in ./objects/aa/a) is corrupt`, ['damaged']],
  [`failed to parse commit ${A} from object database for commit-graph`, ['bad_index']],
  ['error: the multi-pack-index has an incorrect checksum', ['bad_index']],
  ['something nobody knows', ['damaged']],
  [`missing blob ${A}\nerror: refs/heads/x: invalid sha1 pointer ${A}`, ['missing', 'bad_ref']],
])('%s', (text, codes) => {
  expect(codesOf(text)).toEqual(codes);
});

test('lines that name nothing wrong are no findings', () => {
  expect(
    codesOf(
      `dangling commit ${A}\nnotice: HEAD points to an unborn branch (main)\nwarning in tree ${A}: zeroPaddedFilemode: x`,
      0,
    ),
  ).toEqual([]);
});

test('many lines are cut; each finding says what to do', () => {
  const text = Array.from({ length: 9 }, (_, at) => `missing blob ${String(at).repeat(40)}`).join('\n');
  const [finding] = readFsck({ code: 2, stdout: text, stderr: '' }, 'web/app');
  expect(finding!.words).toContain('and 6 more');
  expect(finding!.advice).toContain('from a backup');
  expect(readFsck({ code: 2, stdout: '', stderr: 'bad bitmap' }, 'web/app')[0]!.advice).toContain(
    'hivectl forge maintain web/app',
  );
});
