import { expect, test } from 'vitest';
import { parseReport } from './parse-report.ts';

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4">
  <testsuite name="math" file="src/math.test.ts">
    <testcase classname="math" name="adds" time="0.1"/>
    <testcase classname="math" name="divides &lt;by&gt; 0">
      <failure message="expected 1 to be 2&#10;more" type="AssertionError"><![CDATA[AssertionError
 at Object.<anonymous> (/tmp/work/node_modules/x/index.js:9:1)
 at /tmp/work/src/math.test.ts:12:5]]></failure>
    </testcase>
    <testcase name="is later"><skipped/></testcase>
    <testcase name="throws" file="/tmp/work/src/other.ts" line="7"><error>it broke
at once</error></testcase>
  </testsuite>
</testsuites>`;

test("JUnit's XML: counts, and each failure with its place below the directory of the files", () => {
  expect(parseReport(JUNIT)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 1,
    notes: [
      { level: 'error', path: 'src/math.test.ts', line: 12, message: 'math > divides <by> 0: expected 1 to be 2' },
      { level: 'error', path: 'src/other.ts', line: 7, message: 'throws: it broke' },
    ],
  });
});

test('TAP: counts, skipped and undone ones, parts of a point once, and diagnostics with their place', () => {
  const tap = [
    'TAP version 13',
    '# Subtest: math',
    '    ok 1 - adds',
    '    not ok 2 - divides',
    '      ---',
    '      duration_ms: 1',
    "      location: '/tmp/work/math.test.js:5:3'",
    "      error: 'expected 1'",
    '      ...',
    '    1..2',
    'not ok 1 - math',
    '  ---',
    "  error: '1 subtest failed'",
    '  ...',
    'ok 2 - later # SKIP no network',
    'not ok 3 - some day # TODO',
    'not ok 4',
    'ok',
    '1..5',
  ].join('\n');
  expect(parseReport(tap)).toEqual({
    passed: 2,
    failed: 2,
    skipped: 2,
    notes: [
      { level: 'error', path: 'math.test.js', line: 5, message: 'divides: expected 1' },
      { level: 'error', path: null, line: null, message: 'a test without a name' },
    ],
  });
  expect(parseReport('1..0 # no tests')).toEqual({ passed: 0, failed: 0, skipped: 0, notes: [] });
});

/**
 * Vulnerability: a report is written by whoever wrote the pull request. Scenario: entities that expand without end, files
 * of the host, nesting without end, names that look like others, and no report at all. Verified: a sentence, at once.
 */
const DEEP = 100_000;
test.each([
  [
    'entities that expand',
    `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuites>&b;</testsuites>`,
    'a document type',
  ],
  [
    'entities of files',
    `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuite>&f;</testsuite>`,
    'a document type',
  ],
  ['an unknown entity', '<testsuite name="&lol;"/>', 'entity'],
  ['deep nesting', `<testsuites>${'<a>'.repeat(DEEP)}`, 'nested more than'],
  ['very many elements', `<testsuites>${'<a/>'.repeat(DEEP * 3)}</testsuites>`, 'more than 200000 elements'],
  ['another XML', '<html><script>alert(1)</script></html>', 'begins with neither'],
  ['an end that is missing', '<testsuite><testcase name="a">', ''],
  ['nothing', '', 'neither XML nor TAP'],
  ['prose', 'all is well\n', 'neither XML nor TAP'],
])('%s: it cannot be read', (_, text, why) => {
  const read = parseReport(text);
  expect(read).toHaveProperty('trouble', expect.stringContaining(why));
  expect(read).toHaveProperty('trouble', expect.not.stringMatching(/\n|passwd|lol.*lol/));
});

test('what a report names is one line of bounded text, and at most a hundred failures are named', () => {
  const evil = `&#10;::error::x ${'y'.repeat(5_000)}`;
  const cases = `<testcase name="${evil}" file="/tmp/work/${'z'.repeat(900)}" line="99999999999"><failure/></testcase>`;
  const read = parseReport(`<testsuite>${cases.repeat(300)}</testsuite>`);
  if ('trouble' in read) throw new Error(read.trouble);
  expect([read.failed, read.notes.length]).toEqual([300, 100]);
  for (const { message, path, line } of read.notes) {
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThanOrEqual(502);
    expect([path!.length <= 500, line]).toEqual([true, null]);
  }
  const tap = parseReport('not ok 1 - a\n  x:1\n'.repeat(5_000));
  expect(tap).toMatchObject({ failed: 5_000 });
});

test('no text makes the readers go back and forth without end', () => {
  const bad = [
    'not ok '.repeat(300_000),
    `not ok 1 - ${' # skip'.repeat(300_000)}`,
    `<testsuite><testcase name="a"><failure>${'a/b.c:'.repeat(300_000)}</failure></testcase></testsuite>`,
    `<testsuite name="${'x'.repeat(2_000_000)}"/>`,
    `not ok 1\n${'a.b/'.repeat(500_000)}`,
    `not ok 1\n${' '.repeat(2_000_000)}x`,
  ];
  for (const text of bad) expect(parseReport(text)).toBeDefined();
});
